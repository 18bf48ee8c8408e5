#include "keys/key_store.hpp"

#include "keys/material.hpp"
#include "kube/secret_store.hpp"

namespace sallyport::keys {
namespace {

// Replicas that start at once meet here a few times; more than this is not that.
constexpr int kTries = 10;
constexpr auto kLogPub = "log.pub";

Result<SharedKeys> keys_in(const SecretData& data, const Secret& seal_key) {
  const auto locked = data.find(kLocked);
  if (locked == data.end()) return fail(ErrorCode::not_found, std::string("it has no ") + kLocked);
  return unlock_keys(locked->second.reveal(), seal_key);
}

}  // namespace

boost::asio::awaitable<Result<void>> KeyStore::load() {
  const auto settled = co_await settle(std::nullopt);
  if (!settled) co_return fail(settled.error());
  co_return Result<void>{};
}

boost::asio::awaitable<Result<bool>> KeyStore::replace_path(Instant exposed_at) {
  return settle(exposed_at);
}

boost::asio::awaitable<Result<bool>> KeyStore::refresh() {
  return settle(std::nullopt);
}

void KeyStore::publish_log_key(const std::string& log_pub) {
  publishes_ = publishes_ || log_pub != log_pub_;
  log_pub_ = log_pub;
}

// Reads, changes what is due, writes on the version read; whoever loses that race begins anew with what the other
// wrote. The Secret itself is never made: whoever asks for that may be no API server of ours.
boost::asio::awaitable<Result<bool>> KeyStore::settle(std::optional<Instant> exposed_at) {
  for (int tries = 0; tries < kTries; ++tries) {
    auto secret = co_await kube::read_secret(api_, namespace_, name_);
    if (!secret && known() && secret.error().code() == ErrorCode::not_found) {
      missing_ = words() + " is gone. Bring it back empty, and replicas fill it: kubectl -n " + namespace_ +
                 " create secret generic " + name_;
      co_return false;
    }
    if (!secret) co_return fail(secret.error().while_doing("reading " + words()));

    auto keys = keys_in(secret->data, seal_key_);
    if (!keys && known() && !secret->data.empty()) {
      missing_ = words() + " holds what no replica can read (" + keys.error().message() +
                 "). Empty it, and replicas fill it anew: kubectl -n " + namespace_ + " patch secret " + name_ +
                 " --type=json -p '[{\"op\": \"remove\", \"path\": \"/data\"}]'";
      co_return false;
    }
    missing_.clear();
    if (only_reads_) {
      if (!keys) co_return fail(keys.error().while_doing(words()));
      co_return take(std::move(*keys));
    }

    // Emptied while we run: other replicas have these keys, too.
    const bool unread = !keys;
    if (unread) keys = known() ? Result<SharedKeys>(keys_.clone()) : make_keys(dns_names_, api_.clock().now());
    if (!keys) co_return fail(keys.error().while_doing(words()));
    const auto renewed = renew_what_is_due(*keys, exposed_at);
    if (!renewed) co_return fail(renewed.error());
    const bool publishes = must_publish(secret->data);
    if (unread || *renewed || publishes) {
      auto data = to_be_written(*keys, secret->data);
      const auto written = co_await kube::replace_secret(api_, namespace_, name_, std::move(*secret), std::move(data));
      if (!written && written.error().code() == ErrorCode::conflict) continue;
      if (!written) co_return fail(written.error().while_doing("writing " + words()));
    }
    publishes_ = false;
    co_return take(std::move(*keys));
  }
  co_return fail(ErrorCode::conflict, words() + " keeps changing while it is written");
}

Result<bool> KeyStore::renew_what_is_due(SharedKeys& keys, std::optional<Instant> exposed_at) const {
  const auto now = api_.clock().now();
  const auto age = now - keys.path_since;
  const bool is_exposed = exposed_at && keys.path_since < *exposed_at;
  const bool path_due = age > kPathLives || (is_exposed && age >= kOldPathLives);
  if (path_due) renew_path(keys, now);
  const auto renewed = renew_certificates(keys, dns_names_, now);
  return renewed ? Result<bool>(*renewed || path_due) : renewed;
}

// Nothing else is kept in it: what a version before this one had there in clear is gone with the first write.
SecretData KeyStore::to_be_written(const SharedKeys& keys, const SecretData& stands) const {
  SecretData data;
  data.emplace(kLocked, lock_keys(keys, seal_key_));
  if (must_publish(stands)) {
    data.emplace(kLogPub, log_pub_);
  } else if (const auto published = stands.find(kLogPub); published != stands.end()) {
    data.emplace(kLogPub, published->second.clone());
  }
  return data;
}

// A key that this replica has just taken, or any where there is none: the Secret was emptied.
bool KeyStore::must_publish(const SecretData& stands) const {
  const auto published = stands.find(kLogPub);
  if (log_pub_.empty() || published == stands.end()) return !log_pub_.empty();
  return publishes_ && published->second.reveal() != log_pub_;
}

bool KeyStore::take(SharedKeys keys) {
  const bool news =
      keys.path != keys_.path || keys.server.pem != keys_.server.pem || keys.ca_bundle() != keys_.ca_bundle();
  keys_ = std::move(keys);
  return news;
}

}  // namespace sallyport::keys
