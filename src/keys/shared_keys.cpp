#include "keys/shared_keys.hpp"

#include "base/sealed_box.hpp"
#include "json/json.hpp"

namespace sallyport::keys {
namespace {

constexpr auto kCaName = "sallyport-ca";
constexpr auto kBox = "certificates and path";

std::string new_path() {
  const auto random = random_secret(20);
  const auto bytes = random.reveal();
  return base32({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

Certificate copy_of(const Certificate& certificate) {
  return {certificate.pem, certificate.key_pem.clone()};
}

Result<bool> ends_within(Duration span, const Certificate& certificate, Instant now) {
  const auto end = expiry_of(certificate.pem);
  if (!end) return fail(end.error());
  return *end - now <= span;
}

Result<void> sign_server(SharedKeys& keys, const std::vector<std::string>& dns_names, Instant now) {
  auto server = make_server_certificate(keys.ca, dns_names, now, kServerCertificateLives);
  if (!server) return fail(server.error());
  keys.server = std::move(*server);
  return {};
}

// One step of a CA's replacement, if one is due.
Result<bool> renew_ca(SharedKeys& keys, const std::vector<std::string>& dns_names, Instant now) {
  const bool overlapped = now - keys.ca_since > kCaOverlap;
  if (keys.next_ca) {
    if (!overlapped) return false;
    keys.previous_ca_pem = std::move(keys.ca.pem);
    keys.ca = std::move(*keys.next_ca);
    keys.next_ca.reset();
    if (const auto signed_anew = sign_server(keys, dns_names, now); !signed_anew) return fail(signed_anew.error());
  } else if (!keys.previous_ca_pem.empty()) {
    if (!overlapped) return false;
    keys.previous_ca_pem.clear();
  } else {
    const auto ends = ends_within(2 * kServerCertificateLives, keys.ca, now);
    if (!ends || !*ends) return ends;
    auto next = make_ca(kCaName, now, kCaLives);
    if (!next) return fail(next.error());
    keys.next_ca = std::move(*next);
  }
  keys.ca_since = now;
  return true;
}

}  // namespace

SharedKeys SharedKeys::clone() const {
  return {copy_of(ca),     next_ca ? std::optional(copy_of(*next_ca)) : std::nullopt,
          previous_ca_pem, ca_since,
          copy_of(server), path,
          previous_path,   path_since};
}

std::string SharedKeys::ca_bundle() const {
  return previous_ca_pem + ca.pem + (next_ca ? next_ca->pem : "");
}

Result<SharedKeys> read_keys(const SecretData& data) {
  SharedKeys keys;
  std::string missing;
  const auto look_up = [&](const char* name) -> Secret {
    const auto found = data.find(name);
    return found == data.end() ? Secret() : found->second.clone();
  };
  const auto take = [&](const char* name) {
    auto found = look_up(name);
    if (found.empty()) missing += std::string(missing.empty() ? "" : ", ") + name;
    return found;
  };
  keys.ca = {std::string(take("ca.crt").reveal()), take("ca.key")};
  keys.server = {std::string(take("tls.crt").reveal()), take("tls.key")};
  keys.path = take("path").reveal();
  const auto since = parse_instant(take("path-since").reveal());
  keys.previous_path = look_up("previous-path").reveal();
  if (auto next = look_up("next-ca.key"); !next.empty()) {
    keys.next_ca = Certificate{std::string(look_up("next-ca.crt").reveal()), std::move(next)};
  }
  keys.previous_ca_pem = look_up("previous-ca.crt").reveal();
  keys.ca_since = parse_instant(look_up("ca-since").reveal()).value_or(Instant{});
  if (!missing.empty() || !since) {
    return fail(ErrorCode::bad_input, "it lacks " + (missing.empty() ? "a readable path-since" : missing));
  }
  keys.path_since = *since;
  return keys;
}

SecretData write_keys(const SharedKeys& keys) {
  SecretData data;
  data["ca.crt"] = Secret(keys.ca.pem);
  data["ca.key"] = keys.ca.key_pem.clone();
  data["tls.crt"] = Secret(keys.server.pem);
  data["tls.key"] = keys.server.key_pem.clone();
  data["path"] = Secret(keys.path);
  data["previous-path"] = Secret(keys.previous_path);
  data["path-since"] = Secret(format_instant(keys.path_since));
  if (keys.next_ca) {
    data["next-ca.crt"] = Secret(keys.next_ca->pem);
    data["next-ca.key"] = keys.next_ca->key_pem.clone();
  }
  if (!keys.previous_ca_pem.empty()) data["previous-ca.crt"] = Secret(keys.previous_ca_pem);
  data["ca-since"] = Secret(format_instant(keys.ca_since));
  return data;
}

std::string lock_keys(const SharedKeys& keys, const Secret& seal_key) {
  json::Value content = json::Value::object();
  for (const auto& [name, value] : write_keys(keys)) content.set(name, std::string(value.reveal()));
  return close_box(seal_key, kBox, json::write(content));
}

Result<SharedKeys> unlock_keys(std::string_view locked, const Secret& seal_key) {
  const auto opened = open_box(seal_key, kBox, locked);
  if (!opened) return fail(opened.error());
  const auto content = json::parse(opened->reveal());
  if (!content) return fail(content.error());
  SecretData data;
  for (const auto& [name, value] : content->members()) data.emplace(name, Secret(value.text()));
  return read_keys(data);
}

Result<SharedKeys> make_keys(const std::vector<std::string>& dns_names, Instant now) {
  SharedKeys keys;
  auto ca = make_ca(kCaName, now, kCaLives);
  if (!ca) return fail(ca.error());
  keys.ca = std::move(*ca);
  keys.ca_since = now;
  if (const auto made = sign_server(keys, dns_names, now); !made) return fail(made.error());
  renew_path(keys, now);
  return keys;
}

void renew_path(SharedKeys& keys, Instant now) {
  keys.previous_path = std::exchange(keys.path, new_path());
  keys.path_since = now;
}

Result<bool> renew_certificates(SharedKeys& keys, const std::vector<std::string>& dns_names, Instant now) {
  const auto ca_renewed = renew_ca(keys, dns_names, now);
  if (!ca_renewed) return ca_renewed;
  const auto due = ends_within(kServerCertificateLives / 3, keys.server, now);
  if (!due) return due;
  if (!*due) return ca_renewed;
  if (const auto made = sign_server(keys, dns_names, now); !made) return fail(made.error());
  return true;
}

bool accepts_path(const SharedKeys& keys, std::string_view path, Instant now) {
  if (equal_in_constant_time(path, keys.path)) return true;
  return !keys.previous_path.empty() && now < keys.path_since + kOldPathLives &&
         equal_in_constant_time(path, keys.previous_path);
}

}  // namespace sallyport::keys
