#include "people/key_set.hpp"

#include <algorithm>
#include <cstddef>
#include <map>

#include <fmt/format.h>

#include "json/outside.hpp"

namespace sallyport::people {
namespace {

constexpr json::OutsideLimits kLimits{.bytes = 256u << 10, .depth = 8, .values = 5000};
constexpr std::size_t kMostKeys = 64;

std::unexpected<Error> refuse(std::string_view why) {
  return fail(ErrorCode::bad_input, fmt::format("the issuer's keys (JWKS) are refused: {}", why));
}

}  // namespace

Result<KeySet> KeySet::read(std::string_view text) {
  const auto document = json::parse_outside(text, kLimits);
  if (!document) return refuse(document.error().message());
  const auto& listed = (*document)["keys"];
  if (!listed.is_array()) return refuse("there is no list named keys");
  if (listed.items().size() > kMostKeys) return refuse(fmt::format("there are more than {}", kMostKeys));
  std::map<std::string_view, int> with_id;
  for (const auto& jwk : listed.items())
    if (const auto id = jwk["kid"].text(); !id.empty()) ++with_id[id];
  KeySet set;
  for (std::size_t i = 0; i < listed.items().size(); ++i) {
    const auto& jwk = listed.items()[i];
    const auto id = jwk["kid"].text();
    auto key = VerifyingKey::read(jwk);
    if (!id.empty() && with_id[id] > 1) {
      set.left_out_.push_back(fmt::format("key {}: its kid stands twice", i));
    } else if (!key) {
      set.left_out_.push_back(fmt::format("key {}: {}", i, key.error().message()));
    } else {
      set.keys_.push_back(*std::move(key));
    }
  }
  if (set.keys_.empty())
    return refuse(set.left_out_.empty() ? "there are none" : "none can be used; " + set.left_out_.front());
  return set;
}

Result<VerifyingKey> KeySet::choose(Algorithm algorithm, const std::optional<std::string>& key_id) const {
  const VerifyingKey* chosen = nullptr;
  for (const auto& key : keys_) {
    if ((key_id && key.id() != *key_id) || !key.serves(algorithm)) continue;
    if (chosen != nullptr)
      return fail(ErrorCode::bad_input, "the token is refused: it does not say which key signed it");
    chosen = &key;
  }
  if (chosen == nullptr)
    return fail(ErrorCode::not_found, "the token is refused: none of the issuer's keys is named and serves as it says");
  return *chosen;
}

}  // namespace sallyport::people
