#include "keys/serving_certificate.hpp"

#include <filesystem>
#include <utility>

#include "base/files.hpp"
#include "keys/certificates.hpp"

namespace sallyport::keys {

Result<void> ServingCertificate::refresh(const SharedKeys& keys) {
  if (!directory_.empty()) return refresh_from_directory();
  return set(keys.server.pem, keys.server.key_pem.clone(), keys.ca_bundle());
}

Result<void> ServingCertificate::refresh_from_directory() {
  // A mounted Secret changes by a link to the next directory: all three from the one that the link names now.
  std::error_code error;
  const auto now = std::filesystem::canonical(directory_ + "/tls.crt", error).parent_path().string();
  if (error) return fail(ErrorCode::not_found, directory_ + "/tls.crt: " + error.message());
  auto chain = read_file(now + "/tls.crt");
  if (!chain) return fail(chain.error());
  auto key = read_file(now + "/tls.key");
  if (!key) return fail(key.error());
  auto ca = read_file(now + "/ca.crt");
  if (!ca) return fail(ca.error());
  return set(std::move(*chain), Secret(std::move(*key)), std::move(*ca));
}

Result<void> ServingCertificate::set(std::string chain_pem, Secret key_pem, std::string ca_pem) {
  if (const auto readable = expiry_of(ca_pem); !readable) {
    return fail(readable.error().while_doing("the CA of the webhooks' certificate"));
  }
  if (chain_pem != chain_pem_) {
    if (const auto taken = tls_->set_identity(chain_pem, std::move(key_pem)); !taken) {
      return fail(taken.error().while_doing(directory_.empty() ? "the webhooks' certificate" : directory_));
    }
    chain_pem_ = std::move(chain_pem);
  }
  ca_pem_ = std::move(ca_pem);
  return {};
}

}  // namespace sallyport::keys
