#include "keys/material.hpp"

#include "base/signature.hpp"
#include "json/json.hpp"

namespace sallyport::keys {
namespace {

constexpr std::size_t kSealKeyBytes = 32;
constexpr std::size_t kFingerprintDigits = 16;
constexpr auto kBackupKind = "SallyportKeys";

}  // namespace

Result<Secret> make_key(const std::string& name) {
  if (name == kSealKey) return random_secret(kSealKeyBytes);
  const auto key = SigningKey::make();
  return key ? key->pem() : fail(key.error());
}

Result<void> check_key(const std::string& name, const Secret& key) {
  if (key.empty()) return fail(ErrorCode::bad_input, name + " is empty");
  if (name == kLogKey) {
    const auto read = SigningKey::read(key);
    return read ? Result<void>() : fail(read.error().while_doing(name));
  }
  if (key.reveal().size() >= kSealKeyBytes) return {};
  return fail(ErrorCode::bad_input, name + " has fewer than " + std::to_string(kSealKeyBytes) + " bytes");
}

std::string fingerprint(const Secret& key) {
  return hex(sha256(key.reveal())).substr(0, kFingerprintDigits);
}

std::string write_backup(const Material& material) {
  json::Value keys = json::Value::object();
  for (const auto& [name, key] : material) keys.set(name, base64(key.reveal()));
  json::Value backup = json::Value::object();
  backup.set("kind", kBackupKind)
      .set("about", "Whoever has this can forge approvals and the log. Put it back by: sallyport keys restore")
      .set("keys", std::move(keys));
  return json::write_pretty(backup) + "\n";
}

Result<Material> read_backup(const Secret& text) {
  const auto backup = json::parse(text.reveal(), {.bytes = 65'536, .depth = 8, .values = 100});
  if (!backup || (*backup)["kind"].text() != kBackupKind) {
    return fail(ErrorCode::bad_input, "it is no backup of keys, as sallyport keys backup writes one");
  }
  Material material;
  for (const auto* name : {kSealKey, kLogKey}) {
    const auto encoded = (*backup)["keys"][name].text();
    if (encoded.empty()) continue;
    Secret key(decode_base64(encoded));
    if (const auto sound = check_key(name, key); !sound) return fail(sound.error());
    material.emplace(name, std::move(key));
  }
  if (!material.contains(kSealKey)) return fail(ErrorCode::bad_input, std::string("the backup has no ") + kSealKey);
  return material;
}

}  // namespace sallyport::keys
