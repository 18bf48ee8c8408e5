#include "keys/secrets.hpp"

#include "kube/paths.hpp"
#include "kube/secret_store.hpp"

namespace sallyport::keys {
namespace {

constexpr kube::Collection kApiServices{"apiregistration.k8s.io", "v1", "apiservices"};

}  // namespace

std::string Place::secret_of(const std::string& key) const {
  return name + (key == kSealKey ? "-seal-key" : "-log-key");
}

kube::Awaitable<void> check_core_api(kube::Api& api) {
  const auto core = co_await api.send(kube::get(kube::path_of(kApiServices, {}, "v1.")));
  if (!core) co_return fail(core.error().while_doing("reading APIService v1."));
  if (const json::Value& service = (*core)["spec"]["service"]; !service.is_null()) {
    co_return fail(ErrorCode::conflict, "APIService v1. gives all Secrets to the Service " +
                                            std::string(service["namespace"].text()) + "/" +
                                            std::string(service["name"].text()) +
                                            ": whoever did that would be told the keys. Take spec.service out of it, "
                                            "and find out who put it there");
  }
  co_return Result<void>{};
}

kube::Awaitable<Material> read_secrets(kube::Api& api, Place place) {
  Material found;
  for (const std::string name : {kSealKey, kLogKey}) {
    auto secret = co_await kube::read_secret(api, place.namespace_name, place.secret_of(name));
    if (!secret && secret.error().code() == ErrorCode::not_found) continue;
    if (!secret) co_return fail(secret.error().while_doing("reading " + place.words(place.secret_of(name))));
    const auto key = secret->data.find(name);
    found.emplace(name, key == secret->data.end() ? Secret() : std::move(key->second));
  }
  co_return found;
}

kube::Awaitable<void> write_secret(kube::Api& api, Place place, std::string name, const Secret* key) {
  const auto secret = place.secret_of(name);
  Material data;
  data.emplace(name, key->clone());
  auto stands = co_await kube::read_secret(api, place.namespace_name, secret);
  if (!stands && stands.error().code() != ErrorCode::not_found) {
    co_return fail(stands.error().while_doing("reading " + place.words(secret)));
  }
  const auto written =
      stands ? co_await kube::replace_secret(api, place.namespace_name, secret, std::move(*stands), std::move(data))
             : co_await kube::create_secret(api, place.namespace_name, secret, std::move(data));
  if (!written) co_return fail(written.error().while_doing("writing " + place.words(secret)));
  co_return Result<void>{};
}

}  // namespace sallyport::keys
