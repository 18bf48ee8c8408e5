#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/result.hpp"
#include "keys/serving_certificate.hpp"

namespace sallyport::keys {

// Where the kubelet mounts what a replica proves itself and others by.
struct KeyFileNames {
  std::string seal_key;
  std::string log_key;
  std::string certificate_dir;  // with tls.crt, tls.key and ca.crt; "": replicas make their own
  std::string client_ca;        // of the API server's client certificate; "": it shows none
};

// What stood in them at one moment. What has no name here is empty.
struct KeyFileContents {
  Result<Secret> seal_key;
  Result<Secret> log_key;
  Result<Identity> certificate;
  Result<std::string> client_ca;
};

// Blocks for as long as the disk does.
[[nodiscard]] KeyFileContents read_key_files(const KeyFileNames& names);

// Reads them on a thread of its own: a mount that hangs must hold up neither held calls nor the API server's answers.
class KeyFiles {
 public:
  explicit KeyFiles(KeyFileNames names) : names_(std::move(names)) {}

  // Whoever awaits it only waits.
  [[nodiscard]] boost::asio::awaitable<KeyFileContents> read();
  [[nodiscard]] const KeyFileNames& names() const { return names_; }

 private:
  KeyFileNames names_;
  boost::asio::thread_pool thread_{1};
};

}  // namespace sallyport::keys
