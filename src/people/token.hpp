#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "json/value.hpp"
#include "people/algorithm.hpp"
#include "people/key_set.hpp"

namespace sallyport::people {

// Which tokens count. All of it comes from the configuration, nothing from a token.
struct TokenRules {
  std::string issuer;    // equal byte for byte
  std::string audience;  // for a login the client id
  std::vector<Algorithm> algorithms = {Algorithm::rs256, Algorithm::es256};
  // What the login sent: the token must say the same. A login without one is refused; a token that no login of ours
  // asked for needs none.
  std::optional<std::string> nonce;
  // A login's token is for us alone (OpenID Connect Core 3.1.3.7): "azp", if it is there, is the audience, and it must
  // be there where there are several audiences.
  bool is_login = true;
  Duration clock_skew = std::chrono::seconds(60);
};

// What a token's issuer says, once its signature and the rules were checked.
struct Token {
  std::string issuer;
  std::string subject;
  Instant issued_at;
  Instant expires_at;
  std::optional<Instant> authenticated_at;  // "auth_time"
  std::string context_class;                // "acr"; "" where it has none
  std::vector<std::string> methods;         // "amr"
  json::Value claims;
};

// Verifies a person's token (OpenID Connect Core 3.1.3.7, RFC 7519, RFC 8725). Nothing of its claims is read before the
// signature was found to be the issuer's. not_found: none of these keys can have signed it; it may count once they were
// fetched again. bad_input: it does not count. The Error quotes nothing of the token.
[[nodiscard]] Result<Token> verify_token(std::string_view token, const KeySet& keys, const TokenRules& rules,
                                         Instant now);

}  // namespace sallyport::people
