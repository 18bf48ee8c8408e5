#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "keys/certificates.hpp"

namespace sallyport::keys {

// What all replicas share through one Secret of ours, and renew by themselves: the CA, the webhooks' certificate, and
// the unguessable path that proves the API server's calls. Values; who reads and writes the Secret is in key_store.hpp.
struct SharedKeys {
  Certificate ca;                      // has signed the server's certificate
  std::optional<Certificate> next_ca;  // announced: it signs once every API server trusts it
  std::string previous_ca_pem;         // replaced, but a replica may still show what it has signed
  Instant ca_since{};                  // when the last of these came or went
  Certificate server;
  std::string path;           // in force
  std::string previous_path;  // accepted for kOldPathLives after `path_since`
  Instant path_since{};

  [[nodiscard]] SharedKeys clone() const;
  // All that the API server is to trust now.
  [[nodiscard]] std::string ca_bundle() const;
};

// The API server's own error tells the path to whoever's call failed to reach us: it does not live long.
inline constexpr Duration kPathLives = std::chrono::minutes(10);
// A call that began by the path before is here within moments, and every API server knows the new one by then. Who
// comes later has learned it elsewhere.
inline constexpr Duration kOldPathLives = std::chrono::seconds(10);
inline constexpr Duration kCaLives = std::chrono::hours(24 * 3650);
inline constexpr Duration kServerCertificateLives = std::chrono::hours(24 * 365);
// Replicas look at the Secret every few seconds, and API servers follow the webhook configurations within one.
inline constexpr Duration kCaOverlap = std::chrono::minutes(10);

using SecretData = std::map<std::string, Secret>;

// An error names what is missing or unreadable.
[[nodiscard]] Result<SharedKeys> read_keys(const SecretData& data);
[[nodiscard]] SecretData write_keys(const SharedKeys& keys);

// All of them in one text that only a replica can read or make, since it is closed under the key of seals: whoever
// reads the Secret, or answers in the API server's place, learns nothing and brings no keys of their own.
[[nodiscard]] std::string lock_keys(const SharedKeys& keys, const Secret& seal_key);
[[nodiscard]] Result<SharedKeys> unlock_keys(std::string_view locked, const Secret& seal_key);

[[nodiscard]] Result<SharedKeys> make_keys(const std::vector<std::string>& dns_names, Instant now);
void renew_path(SharedKeys& keys, Instant now);
// What is due at `now`; false: nothing is. A new server certificate once two thirds of the old one's life are over. A
// new CA before a server certificate could outlive the old one, in three steps that are kCaOverlap apart: it is
// announced, it signs, the old one is forgotten. So whichever certificate a replica shows, whichever configuration an
// API server holds: they fit.
[[nodiscard]] Result<bool> renew_certificates(SharedKeys& keys, const std::vector<std::string>& dns_names, Instant now);

[[nodiscard]] bool accepts_path(const SharedKeys& keys, std::string_view path, Instant now);

}  // namespace sallyport::keys
