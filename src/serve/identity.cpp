#include "serve/identity.hpp"

#include <fstream>
#include <sstream>
#include <utility>

namespace sallyport::serve {

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(ErrorCode::not_found, path + " can not be read, or is empty");
  return text.str();
}

Result<void> Identity::refresh(const Keys& keys) {
  if (!directory_.empty()) return refresh_from_directory();
  return set(keys.server.pem, keys.server.key_pem.clone(), keys.ca.pem);
}

Result<void> Identity::refresh_from_directory() {
  auto chain = read_file(directory_ + "/tls.crt");
  if (!chain) return fail(chain.error());
  auto key = read_file(directory_ + "/tls.key");
  if (!key) return fail(key.error());
  auto ca = read_file(directory_ + "/ca.crt");
  if (!ca) return fail(ca.error());
  return set(std::move(*chain), Secret(std::move(*key)), std::move(*ca));
}

Result<void> Identity::set(std::string chain_pem, Secret key_pem, std::string ca_pem) {
  if (chain_pem != chain_pem_) {
    if (const auto taken = tls_->set_identity(chain_pem, std::move(key_pem)); !taken) {
      return fail(taken.error().while_doing(directory_.empty() ? "the webhooks' certificate" : directory_));
    }
    chain_pem_ = std::move(chain_pem);
  }
  ca_pem_ = std::move(ca_pem);
  return {};
}

}  // namespace sallyport::serve
