#include "keys/serving_certificate.hpp"

#include <utility>

#include "keys/certificates.hpp"

namespace sallyport::keys {

Result<void> ServingCertificate::set(Identity identity) {
  if (const auto readable = expiry_of(identity.ca_pem); !readable) {
    return fail(readable.error().while_doing("the CA of the webhooks' certificate"));
  }
  if (identity.chain_pem != chain_pem_) {
    const auto taken = tls_->set_identity(identity.chain_pem, std::move(identity.key_pem));
    if (!taken) return fail(taken.error().while_doing("the webhooks' certificate"));
    chain_pem_ = std::move(identity.chain_pem);
  }
  ca_pem_ = std::move(identity.ca_pem);
  return {};
}

}  // namespace sallyport::keys
