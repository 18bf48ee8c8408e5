#include "serve/keys.hpp"

namespace sallyport::serve {
namespace {

std::string new_path() {
  const auto random = random_secret(20);
  const auto bytes = random.reveal();
  return base32({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

}  // namespace

Keys Keys::clone() const {
  return {{ca.pem, ca.key_pem.clone()},
          {server.pem, server.key_pem.clone()},
          seal_key.clone(),
          path,
          previous_path,
          path_since};
}

Result<Keys> read_keys(const SecretData& data) {
  Keys keys;
  std::string missing;
  const auto take = [&](const char* name) -> Secret {
    const auto found = data.find(name);
    if (found == data.end() || found->second.empty()) {
      missing += std::string(missing.empty() ? "" : ", ") + name;
      return {};
    }
    return found->second.clone();
  };
  keys.ca = {std::string(take("ca.crt").reveal()), take("ca.key")};
  keys.server = {std::string(take("tls.crt").reveal()), take("tls.key")};
  keys.seal_key = take("seal.key");
  keys.path = take("path").reveal();
  const auto since = parse_instant(take("path-since").reveal());
  if (const auto previous = data.find("previous-path"); previous != data.end()) {
    keys.previous_path = previous->second.reveal();
  }
  if (!missing.empty() || !since) {
    return fail(ErrorCode::bad_input,
                "the keys' Secret lacks " + (missing.empty() ? "a readable path-since" : missing) +
                    "; restore it, or delete it to begin anew (all open requests then lose their seals)");
  }
  keys.path_since = *since;
  return keys;
}

SecretData write_keys(const Keys& keys) {
  SecretData data;
  data["ca.crt"] = Secret(keys.ca.pem);
  data["ca.key"] = keys.ca.key_pem.clone();
  data["tls.crt"] = Secret(keys.server.pem);
  data["tls.key"] = keys.server.key_pem.clone();
  data["seal.key"] = keys.seal_key.clone();
  data["path"] = Secret(keys.path);
  data["previous-path"] = Secret(keys.previous_path);
  data["path-since"] = Secret(format_instant(keys.path_since));
  return data;
}

Result<Keys> make_keys(const std::vector<std::string>& dns_names, Instant now) {
  Keys keys;
  auto ca = make_ca("sallyport-ca", now, kCaLives);
  if (!ca) return fail(ca.error());
  auto server = make_server_certificate(*ca, dns_names, now, kServerCertificateLives);
  if (!server) return fail(server.error());
  keys.ca = std::move(*ca);
  keys.server = std::move(*server);
  keys.seal_key = random_secret(32);
  renew_path(keys, now);
  return keys;
}

void renew_path(Keys& keys, Instant now) {
  keys.previous_path = std::exchange(keys.path, new_path());
  keys.path_since = now;
}

Result<bool> renew_certificate(Keys& keys, const std::vector<std::string>& dns_names, Instant now) {
  const auto end = expiry_of(keys.server.pem);
  if (!end) return fail(end.error());
  if (*end - now > kServerCertificateLives / 3) return false;
  auto server = make_server_certificate(keys.ca, dns_names, now, kServerCertificateLives);
  if (!server) return fail(server.error());
  keys.server = std::move(*server);
  return true;
}

bool accepts_path(const Keys& keys, std::string_view path, Instant now) {
  if (equal_in_constant_time(path, keys.path)) return true;
  return !keys.previous_path.empty() && now < keys.path_since + kOldPathLives &&
         equal_in_constant_time(path, keys.previous_path);
}

}  // namespace sallyport::serve
