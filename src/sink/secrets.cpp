#include "sink/secrets.hpp"

#include <filesystem>
#include <utility>

#include "base/files.hpp"

namespace sallyport::sink {
namespace {

Result<void> read_text(const std::string& dir, std::string_view file, std::string& into) {
  auto secret = read_secret(dir, file);
  if (!secret) return secret.error().code() == ErrorCode::not_found ? Result<void>{} : fail(secret.error());
  into = secret->reveal();
  return {};
}

}  // namespace

Result<Secret> read_secret(const std::string& dir, std::string_view file) {
  if (dir.empty()) return fail(ErrorCode::not_found, "there is no secretDir");
  const auto path = std::filesystem::path(dir) / file;
  const auto text = read_file(path);
  if (!text) return fail(text.error());
  const auto end = text->find_last_not_of("\r\n");
  if (end == std::string::npos) return fail(ErrorCode::bad_input, path.string() + " is empty");
  return Secret(std::string_view(*text).substr(0, end + 1));
}

Result<void> read_certificates(const std::string& dir, net::Endpoint& endpoint) {
  if (auto read = read_text(dir, "ca.crt", endpoint.ca_pem); !read) return read;
  if (auto read = read_text(dir, "tls.crt", endpoint.client_chain_pem); !read) return read;
  auto key = read_secret(dir, "tls.key");
  if (key) endpoint.client_key_pem = std::move(*key);
  if (!key && !endpoint.client_chain_pem.empty()) return fail(key.error());
  return {};
}

}  // namespace sallyport::sink
