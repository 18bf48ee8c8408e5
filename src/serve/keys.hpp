#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "serve/certificates.hpp"

namespace sallyport::serve {

// What all replicas share through one Secret of ours: the CA, the webhooks' certificate, the key of seals and digests,
// and the unguessable path that proves the API server's calls. Values; who reads and writes the Secret is in
// key_store.hpp.
struct Keys {
  Certificate ca;
  Certificate server;
  Secret seal_key;
  std::string path;           // in force
  std::string previous_path;  // accepted for kOldPathLives after `path_since`
  Instant path_since{};

  [[nodiscard]] Keys clone() const;
};

inline constexpr Duration kOldPathLives = std::chrono::seconds(60);
// The API server's own error tells the path to whoever's call failed to reach us: it does not live long.
inline constexpr Duration kPathLives = std::chrono::minutes(55);
inline constexpr Duration kCaLives = std::chrono::hours(24 * 3650);
inline constexpr Duration kServerCertificateLives = std::chrono::hours(24 * 365);

using SecretData = std::map<std::string, Secret>;

// An error names what is missing or unreadable: keys are never made anew over ones that stand there, since that would
// break every seal.
[[nodiscard]] Result<Keys> read_keys(const SecretData& data);
[[nodiscard]] SecretData write_keys(const Keys& keys);

[[nodiscard]] Result<Keys> make_keys(const std::vector<std::string>& dns_names, Instant now);
void renew_path(Keys& keys, Instant now);
// A new server certificate once two thirds of the old one's life are over. false: not due.
[[nodiscard]] Result<bool> renew_certificate(Keys& keys, const std::vector<std::string>& dns_names, Instant now);

[[nodiscard]] bool accepts_path(const Keys& keys, std::string_view path, Instant now);

}  // namespace sallyport::serve
