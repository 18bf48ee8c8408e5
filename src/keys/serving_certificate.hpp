#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "keys/shared_keys.hpp"
#include "net/tls_context.hpp"

namespace sallyport::keys {

// By which certificate the webhooks' port is known, and by which CA the API server is to check it: those of the keys,
// or of a directory with tls.crt, tls.key and ca.crt (a mounted Secret of type kubernetes.io/tls as cert-manager makes
// them). Engine's thread.
class ServingCertificate {
 public:
  // Empty: those of the keys.
  ServingCertificate(std::shared_ptr<net::TlsContext> tls, std::string directory)
      : tls_(std::move(tls)), directory_(std::move(directory)) {}

  // Looks at what there is now; handshakes use it from now on. After an error all is as it was.
  [[nodiscard]] Result<void> refresh(const SharedKeys& keys);
  [[nodiscard]] const std::string& chain_pem() const { return chain_pem_; }
  [[nodiscard]] const std::string& ca_pem() const { return ca_pem_; }

 private:
  [[nodiscard]] Result<void> refresh_from_directory();
  [[nodiscard]] Result<void> set(std::string chain_pem, Secret key_pem, std::string ca_pem);

  std::shared_ptr<net::TlsContext> tls_;
  std::string directory_;
  std::string chain_pem_;
  std::string ca_pem_;
};

}  // namespace sallyport::keys
