#pragma once

#include <memory>
#include <string>

#include "base/crypto.hpp"
#include "base/result.hpp"
#include "net/tls_context.hpp"

namespace sallyport::keys {

// PEM, the chain with the leaf first.
struct Identity {
  std::string chain_pem;
  Secret key_pem;
  std::string ca_pem;  // by which others check it
};

// By which certificate the webhooks' port is known, and by which CA the API server is to check it: those that replicas
// share, or those of a mounted Secret of type kubernetes.io/tls as cert-manager makes them. Engine's thread.
class ServingCertificate {
 public:
  explicit ServingCertificate(std::shared_ptr<net::TlsContext> tls) : tls_(std::move(tls)) {}

  // Handshakes use it from now on. After an error all is as it was.
  [[nodiscard]] Result<void> set(Identity identity);
  [[nodiscard]] const std::string& chain_pem() const { return chain_pem_; }
  [[nodiscard]] const std::string& ca_pem() const { return ca_pem_; }

 private:
  std::shared_ptr<net::TlsContext> tls_;
  std::string chain_pem_;
  std::string ca_pem_;
};

}  // namespace sallyport::keys
