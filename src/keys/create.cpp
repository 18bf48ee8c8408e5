#include "keys/create.hpp"

#include <cstdio>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "keys/new_file.hpp"
#include "kube/config.hpp"
#include "kube/paths.hpp"
#include "kube/secret_store.hpp"

namespace sallyport::keys {
namespace {

namespace asio = boost::asio;

std::vector<std::string> wanted(const CreateOptions& options) {
  return options.without_log_key ? std::vector<std::string>{kSealKey} : std::vector<std::string>{kSealKey, kLogKey};
}

void tell(const std::string& what, const std::string& became) {
  std::printf("%s: %s\n", what.c_str(), became.c_str());
}

Result<void> make_files(const CreateOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.directory, error);
  if (error) return fail(ErrorCode::internal, options.directory + ": " + error.message());
  for (const auto& name : wanted(options)) {
    const auto path = std::filesystem::path(options.directory) / name;
    const auto key = make_key(name);
    if (!key) return fail(key.error());
    // Never over one that is there: others seal with it.
    const auto made = write_new_file(path, *key);
    if (!made && made.error().code() != ErrorCode::already_exists) return made;
    tell(path.string(), made ? "made" : "is there already");
  }
  return {};
}

// A key of an earlier version, or none.
kube::Awaitable<Material> read_shared(kube::Api& api, Place place) {
  auto secret = co_await kube::read_secret(api, place.namespace_name, place.shared_secret());
  if (!secret && secret.error().code() == ErrorCode::not_found) co_return Material{};
  if (!secret) co_return fail(secret.error().while_doing("reading " + place.words(place.shared_secret())));
  co_return std::move(secret->data);
}

// Known without a right to read it: a dry run of its creation is refused.
kube::Awaitable<bool> exists(kube::Api& api, Place place, std::string secret) {
  kube::StoredSecret none{.data = {}, .metadata = {}, .type = "Opaque"};
  none.metadata.set("name", secret).set("namespace", place.namespace_name);
  auto call =
      kube::create(kube::path_of(kube::kSecrets, place.namespace_name) + "?dryRun=All", kube::write_stored(none));
  call.effect = kube::Effect::none;
  const auto tried = co_await api.send(std::move(call));
  if (tried) co_return false;
  if (tried.error().code() == ErrorCode::already_exists) co_return true;
  co_return fail(tried.error().while_doing("looking for " + place.words(secret)));
}

// Where replicas have run, their keys are gone: new ones would end every open approval without a word.
kube::Awaitable<void> check_not_lost(kube::Api& api, Place place, std::string secret, const Material* shared) {
  if (!shared->contains(kLocked)) co_return Result<void>{};
  const auto there = co_await exists(api, place, secret);
  if (!there) co_return fail(there.error());
  if (*there) co_return Result<void>{};
  co_return fail(ErrorCode::not_found,
                 place.words(secret) +
                     " is gone, and replicas have run with it: put it back with sallyport keys restore. If there is no "
                     "backup, begin anew: stop all replicas, and kubectl -n " +
                     place.namespace_name + " delete secret " + place.shared_secret());
}

kube::Awaitable<void> make_secret(kube::Api& api, Place place, std::string name, const Material* shared) {
  const auto secret = place.secret_of(name);
  const auto old = shared->find(name);
  const bool takes_over = old != shared->end();
  if (const auto checked = co_await check_not_lost(api, place, secret, shared); !checked) co_return checked;
  auto key = takes_over ? Result<Secret>(old->second.clone()) : make_key(name);
  if (!key) co_return fail(key.error());
  if (const auto sound = check_key(name, *key); !sound) {
    co_return fail(sound.error().while_doing(place.words(place.shared_secret())));
  }
  Material data;
  data.emplace(name, std::move(*key));
  const auto created = co_await kube::create_secret(api, place.namespace_name, secret, std::move(data));
  const bool was_there = !created && created.error().code() == ErrorCode::already_exists;
  if (!created && !was_there) co_return fail(created.error().while_doing("creating " + place.words(secret)));
  const auto became = takes_over ? "taken over from Secret " + place.shared_secret() : "made";
  tell(place.words(secret), was_there ? "is there already" : became);
  co_return Result<void>{};
}

kube::Awaitable<void> make_secrets(kube::Api& api, const CreateOptions* options) {
  if (const auto local = co_await check_core_api(api); !local) co_return local;
  const auto shared = co_await read_shared(api, options->place);
  if (!shared) co_return fail(shared.error());
  for (const auto& name : wanted(*options)) {
    const auto made = co_await make_secret(api, options->place, name, &*shared);
    if (!made) co_return made;
  }
  co_return co_await check_core_api(api);  // nor was it given away meanwhile
}

Result<void> make_secrets_now(const CreateOptions& options, const Machine& machine) {
  auto how = kube::load_config(options.kubeconfig);
  if (!how) return fail(how.error());
  asio::io_context io(1);
  const auto api =
      kube::Api::make({io.get_executor(), machine.clock, machine.random}, std::move(*how), "sallyport-keys");
  if (!api) return fail(api.error());
  Result<void> outcome;
  asio::co_spawn(io, make_secrets(**api, &options), [&](const std::exception_ptr& error, Result<void> made) {
    if (error) std::rethrow_exception(error);
    outcome = std::move(made);
  });
  io.run();
  return outcome;
}

}  // namespace

int create(const CreateOptions& options, const Machine& machine) {
  const auto made = options.directory.empty() ? make_secrets_now(options, machine) : make_files(options);
  if (made) return 0;
  std::fprintf(stderr, "sallyport: %s\n", made.error().message().c_str());
  return 1;
}

}  // namespace sallyport::keys
