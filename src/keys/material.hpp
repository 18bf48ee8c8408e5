#pragma once

#include <map>
#include <string>

#include "base/crypto.hpp"
#include "base/result.hpp"

namespace sallyport::keys {

// The two keys that all replicas share and that nobody gets from the API: whoever has the first can forge approvals,
// whoever has the second the log. Each stands in a Secret of its own and, by the kubelet's hand, in a file.
inline constexpr auto kSealKey = "seal.key";
inline constexpr auto kLogKey = "log.key";
// In the Secret that replicas share: what they have locked under the key of seals.
inline constexpr auto kLocked = "locked";

// By the names of their files. Without the log's where somebody else brings that one.
using Material = std::map<std::string, Secret>;

[[nodiscard]] Result<Secret> make_key(const std::string& name);
// Whether these bytes can be that key; an error says what is wrong with them, and shows none of them.
[[nodiscard]] Result<void> check_key(const std::string& name, const Secret& key);
// By which people tell two keys apart: the first 16 digits of its SHA-256.
[[nodiscard]] std::string fingerprint(const Secret& key);

// What `keys backup` keeps and `keys restore` reads: JSON.
[[nodiscard]] std::string write_backup(const Material& material);
[[nodiscard]] Result<Material> read_backup(const Secret& text);

}  // namespace sallyport::keys
