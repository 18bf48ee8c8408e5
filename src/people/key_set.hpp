#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "people/algorithm.hpp"
#include "people/verifying_key.hpp"

namespace sallyport::people {

// The keys that an issuer signs with (a JWKS, RFC 7517). Immutable; any thread.
class KeySet {
 public:
  // bad_input: it is too large, has more keys than an issuer needs, or none that can be used. A key that cannot be used
  // is left out, the others count; those that share a "kid" are all left out.
  [[nodiscard]] static Result<KeySet> read(std::string_view text);

  // The one key that this token can be signed with. not_found: none has this id, or none serves the algorithm; newer
  // keys may. bad_input: the token names no key, and several serve.
  [[nodiscard]] Result<VerifyingKey> choose(Algorithm algorithm, const std::optional<std::string>& key_id) const;

  [[nodiscard]] const std::vector<VerifyingKey>& keys() const { return keys_; }
  // Why keys were left out, a line each. For doctor and the log.
  [[nodiscard]] const std::vector<std::string>& left_out() const { return left_out_; }

 private:
  std::vector<VerifyingKey> keys_;
  std::vector<std::string> left_out_;
};

}  // namespace sallyport::people
