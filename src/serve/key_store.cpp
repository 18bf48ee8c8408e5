#include "serve/key_store.hpp"

#include "kube/secret_store.hpp"

namespace sallyport::serve {
namespace {

// Replicas that start at once meet here a few times; more than this is not that.
constexpr int kTries = 10;

Instant wall_clock() {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

}  // namespace

boost::asio::awaitable<Result<void>> KeyStore::load() {
  const auto settled = co_await settle(Wanted::as_it_is);
  if (!settled) co_return fail(settled.error());
  co_return Result<void>{};
}

boost::asio::awaitable<Result<bool>> KeyStore::replace_path() {
  return settle(Wanted::new_path);
}

boost::asio::awaitable<Result<bool>> KeyStore::refresh() {
  return settle(Wanted::as_it_is);
}

// Reads, changes what is due, writes on the version read; whoever loses that race begins anew with what the other
// wrote.
boost::asio::awaitable<Result<bool>> KeyStore::settle(Wanted wanted) {
  for (int tries = 0; tries < kTries; ++tries) {
    auto secret = co_await kube::read_secret(api_, namespace_, name_);
    const bool missing = !secret && secret.error().code() == ErrorCode::not_found;
    if (!secret && (!missing || only_reads_))
      co_return fail(secret.error().while_doing("reading Secret " + namespace_ + "/" + name_));

    if (only_reads_) {
      auto found = read_keys(secret->data);
      if (!found) co_return fail(found.error());
      co_return take(std::move(*found));
    }

    const auto now = wall_clock();
    const bool empty = missing || secret->data.empty();
    // Deleted while we run: other replicas seal with these keys, too, and so does what is open.
    const bool known = !keys_.seal_key.empty();
    auto keys = !empty ? read_keys(secret->data) : known ? Result<Keys>(keys_.clone()) : make_keys(dns_names_, now);
    if (!keys) co_return fail(keys.error().while_doing("Secret " + namespace_ + "/" + name_));
    if (known && !equal_in_constant_time(keys->seal_key.reveal(), keys_.seal_key.reveal())) {
      replaced_ = "Secret " + namespace_ + "/" + name_ +
                  " holds another seal.key than this replica runs with: it must start anew";
      co_return fail(ErrorCode::conflict, *replaced_);
    }
    bool changed = empty;
    const auto age = now - keys->path_since;
    if (!empty && ((wanted == Wanted::new_path && age >= kOldPathLives) || age > kPathLives)) {
      renew_path(*keys, now);
      changed = true;
    }
    const auto renewed = renew_certificates(*keys, dns_names_, now);
    if (!renewed) co_return fail(renewed.error());
    const auto log_key = makes_log_key_ ? renew_log_key(*keys) : false;
    if (!log_key) co_return fail(log_key.error());
    changed = changed || *renewed || *log_key;

    if (changed) {
      const auto written =
          missing ? co_await kube::create_secret(api_, namespace_, name_, write_keys(*keys))
                  : co_await kube::replace_secret(api_, namespace_, name_, std::move(*secret), write_keys(*keys));
      if (!written &&
          (written.error().code() == ErrorCode::conflict || written.error().code() == ErrorCode::already_exists)) {
        continue;
      }
      if (!written) co_return fail(written.error().while_doing("writing Secret " + namespace_ + "/" + name_));
    }
    co_return take(std::move(*keys));
  }
  co_return fail(ErrorCode::conflict, "Secret " + namespace_ + "/" + name_ + " keeps changing while it is written");
}

bool KeyStore::take(Keys keys) {
  const bool news = keys.path != keys_.path || keys.server.pem != keys_.server.pem ||
                    keys.ca_bundle() != keys_.ca_bundle() || keys.log_pub != keys_.log_pub;
  keys_ = std::move(keys);
  return news;
}

}  // namespace sallyport::serve
