#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kube/api.hpp"
#include "serve/keys.hpp"

namespace sallyport::serve {

// The Secret that holds the keys, which all replicas share: read, filled once, renewed by compare-and-set, so that
// replicas that start at once agree. Engine's thread.
class KeyStore {
 public:
  // `log_key`: whether it is to hold the log's key, too.
  KeyStore(kube::Api& api, std::string namespace_name, std::string name, std::vector<std::string> dns_names,
           bool log_key)
      : api_(api),
        namespace_(std::move(namespace_name)),
        name_(std::move(name)),
        dns_names_(std::move(dns_names)),
        makes_log_key_(log_key) {}

  // Reads the keys, and makes them where there are none yet.
  [[nodiscard]] boost::asio::awaitable<Result<void>> load();
  // Reads anew, and makes a new path, unless another replica has just done so; the old one is accepted a little longer.
  [[nodiscard]] boost::asio::awaitable<Result<bool>> replace_path();
  // Reads anew, and renews what is due: the path, the certificate. true if anything differs from before.
  [[nodiscard]] boost::asio::awaitable<Result<bool>> refresh();

  // From now on nothing is written: who is leaving must not make anew what is being uninstalled.
  void only_read() { only_reads_ = true; }

  // Why a new process is needed: somebody has put another key of seals into the Secret, and ours would only disagree
  // with those of replicas that start now.
  [[nodiscard]] const std::optional<std::string>& why_start_anew() const { return replaced_; }

  [[nodiscard]] const Keys& keys() const { return keys_; }

 private:
  enum class Wanted { as_it_is, new_path };
  [[nodiscard]] boost::asio::awaitable<Result<bool>> settle(Wanted wanted);
  bool take(Keys keys);  // true: they differ from before

  kube::Api& api_;
  std::string namespace_;
  std::string name_;
  std::vector<std::string> dns_names_;
  bool makes_log_key_;
  Keys keys_;
  bool only_reads_ = false;
  std::optional<std::string> replaced_;
};

}  // namespace sallyport::serve
