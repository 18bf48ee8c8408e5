#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "people/discovery.hpp"

namespace sallyport::people {

// A login by authorization code with PKCE (RFC 6749, RFC 7636, OpenID Connect Core), without its I/O: what is sent,
// what must be remembered meanwhile, and what of the answers counts.

// We, as the issuer knows us.
struct Client {
  std::string id;
  std::string redirect_uri;              // exactly as registered
  std::vector<std::string> more_scopes;  // besides openid
};

// What this login is for.
struct LoginWish {
  std::string return_to = "/";               // "/" or "/r/NAMESPACE/NAME", nowhere else
  std::optional<std::string> nonce;          // a decision's (fresh_nonce); else 256 random bits
  std::optional<Duration> max_age;           // of the authentication; zero: a new one
  std::vector<std::string> context_classes;  // "acr_values": a wish, the token is checked
};

// What the browser's cookie holds, sealed, from the beginning to the first callback.
struct PendingLogin {
  std::string issuer;
  std::string redirect_uri;
  std::string state;
  std::string nonce;
  Secret verifier;
  std::string return_to;
  Instant ends;  // ten minutes after it began
};

struct BegunLogin {
  std::string url;  // where the browser goes
  PendingLogin pending;
};

constexpr std::size_t kLoginRandomBytes = 96;

// bad_input: return_to leads elsewhere, or there are not that many random bytes.
[[nodiscard]] Result<BegunLogin> begin_login(const Discovery& issuer, const Client& client, const LoginWish& wish,
                                             const Secret& random, Instant now);

// The code of the callback's query. bad_input: it is not the answer to this login, or it came too late, or says a
// parameter twice, or is of another issuer (RFC 9207). forbidden: the issuer has refused; the Error names its code.
[[nodiscard]] Result<Secret> check_callback(const PendingLogin& pending, const Discovery& issuer,
                                            std::string_view query, Instant now);

// What goes to the token endpoint, as application/x-www-form-urlencoded.
struct TokenRequest {
  std::string url;
  Secret authorization;  // the header's value; empty where the secret stands in the body
  Secret body;
};
[[nodiscard]] TokenRequest token_request(const PendingLogin& pending, const Discovery& issuer, const Client& client,
                                         const Secret& client_secret, const Secret& code);

// The ID token of the token endpoint's answer; other tokens in it are dropped. forbidden: the issuer has refused.
[[nodiscard]] Result<Secret> read_token_answer(int status, std::string_view body);

}  // namespace sallyport::people
