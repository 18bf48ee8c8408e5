#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keys/shared_keys.hpp"
#include "kube/api.hpp"

namespace sallyport::keys {

// The Secret that holds the keys which replicas renew, and which all of them share: read, filled once, renewed by
// compare-and-set, so that replicas that start at once agree. What it holds is locked under the key of seals, and
// beside it in clear, for auditors, the public key that the log is checked by. Engine's thread.
class KeyStore {
 public:
  KeyStore(kube::Api& api, std::string namespace_name, std::string name, std::vector<std::string> dns_names,
           Secret seal_key)
      : api_(api),
        namespace_(std::move(namespace_name)),
        name_(std::move(name)),
        dns_names_(std::move(dns_names)),
        seal_key_(std::move(seal_key)) {}

  // Reads the keys, and makes them where there are none yet.
  [[nodiscard]] boost::asio::awaitable<Result<void>> load();
  // Reads anew, and replaces the path if it was made before `exposed_at`; the old one is accepted a little longer. A
  // path younger than kOldPathLives stays for now, since two new ones at once would cut off calls by the one before:
  // whoever still needs another asks again.
  [[nodiscard]] boost::asio::awaitable<Result<bool>> replace_path(Instant exposed_at);
  // Reads anew, and renews what is due: the path, the certificate. true if anything differs from before.
  [[nodiscard]] boost::asio::awaitable<Result<bool>> refresh();

  // Stands in the Secret from the next refresh on. Written once for each key that this replica takes, since another
  // replica may have another one for a moment, and wherever there is none.
  void publish_log_key(const std::string& log_pub);

  // From now on nothing is written: who is leaving must not make anew what is being uninstalled.
  void only_read() { only_reads_ = true; }

  // Why a replica that starts now could not have these keys from the Secret; "": it could. This one goes on with what
  // it holds.
  [[nodiscard]] const std::string& missing() const { return missing_; }

  [[nodiscard]] const SharedKeys& keys() const { return keys_; }

 private:
  // `exposed_at`: nothing, or since when a path made earlier may be known to others.
  [[nodiscard]] boost::asio::awaitable<Result<bool>> settle(std::optional<Instant> exposed_at);
  [[nodiscard]] Result<bool> renew_what_is_due(SharedKeys& keys, std::optional<Instant> exposed_at) const;
  [[nodiscard]] SecretData to_be_written(const SharedKeys& keys, const SecretData& stands) const;
  [[nodiscard]] bool must_publish(const SecretData& stands) const;
  bool take(SharedKeys keys);  // true: they differ from before
  [[nodiscard]] bool known() const { return !keys_.path.empty(); }
  [[nodiscard]] std::string words() const { return "Secret " + namespace_ + "/" + name_; }

  kube::Api& api_;
  std::string namespace_;
  std::string name_;
  std::vector<std::string> dns_names_;
  Secret seal_key_;
  SharedKeys keys_;
  std::string log_pub_;
  bool publishes_ = false;
  bool only_reads_ = false;
  std::string missing_;
};

}  // namespace sallyport::keys
