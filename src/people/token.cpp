#include "people/token.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "base/crypto.hpp"
#include "json/outside.hpp"
#include "people/jws.hpp"

namespace sallyport::people {
namespace {

constexpr json::OutsideLimits kClaims{.bytes = kLargestToken, .depth = 16, .values = 5000};
constexpr std::int64_t kLatest = 253402300799;  // the last second of the year 9999
constexpr std::size_t kLongestSubject = 255;    // OpenID Connect Core, section 2
constexpr std::size_t kMostMethods = 32;

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::bad_input, "the token is refused: " + std::move(why));
}

bool is_jwt_type(std::string_view type) {
  if (type.empty()) return true;
  const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(type, std::string_view("jwt"), {}, low) ||
         std::ranges::equal(type, std::string_view("application/jwt"), {}, low);
}

// A NumericDate; a fraction is cut off.
Result<std::optional<Instant>> time_of(const json::Value& claims, std::string_view name) {
  const auto* claim = claims.find(name);
  if (claim == nullptr) return std::optional<Instant>{};
  const auto number = claim->number();
  if (!number || *number < 0 || *number > static_cast<double>(kLatest))
    return refuse(fmt::format("its claim {} is no time", name));
  return Instant(std::chrono::seconds(static_cast<std::int64_t>(std::floor(*number))));
}

Result<Instant> needed_time(const json::Value& claims, std::string_view name) {
  const auto time = time_of(claims, name);
  if (!time) return fail(time.error());
  if (!*time) return refuse(fmt::format("it has no claim {}", name));
  return **time;
}

Result<void> check_times(const json::Value& claims, const TokenRules& rules, Instant now, Token& token) {
  const auto expires = needed_time(claims, "exp");
  if (!expires) return fail(expires.error());
  const auto issued = needed_time(claims, "iat");
  if (!issued) return fail(issued.error());
  const auto begins = time_of(claims, "nbf");
  if (!begins) return fail(begins.error());
  const auto authenticated = time_of(claims, "auth_time");
  if (!authenticated) return fail(authenticated.error());
  if (now >= *expires + rules.clock_skew) return refuse("it has expired");
  if (*issued > now + rules.clock_skew) return refuse("it was issued in the future");
  if (*begins && **begins > now + rules.clock_skew) return refuse("it is not valid yet");
  if (*authenticated && **authenticated > now + rules.clock_skew) return refuse("its auth_time is in the future");
  token.expires_at = *expires;
  token.issued_at = *issued;
  token.authenticated_at = *authenticated;
  return {};
}

Result<void> check_audience(const json::Value& claims, const TokenRules& rules) {
  const auto& audience = claims["aud"];
  const auto is_us = [&](const json::Value& one) { return one.text() == rules.audience; };
  const auto is_text = [](const json::Value& one) { return one.is_string(); };
  const bool several = audience.is_array();
  const bool for_us =
      several ? std::ranges::all_of(audience.items(), is_text) && std::ranges::any_of(audience.items(), is_us)
              : audience.is_string() && is_us(audience);
  if (!for_us) return refuse("it is meant for another audience");
  if (!rules.is_login) return {};
  const auto* party = claims.find("azp");
  if (party == nullptr && several && audience.items().size() > 1)
    return refuse("it has several audiences and does not say whom it was issued to (azp)");
  if (party != nullptr && party->text() != rules.audience) return refuse("it was issued to another client (azp)");
  return {};
}

Result<void> check_nonce(const json::Value& claims, const TokenRules& rules) {
  if (!rules.nonce && !rules.is_login) return {};
  if (!rules.nonce || rules.nonce->empty() || !equal_in_constant_time(claims["nonce"].text(), *rules.nonce))
    return refuse("its nonce is not the one of this login");
  return {};
}

Result<void> read_authentication(const json::Value& claims, Token& token) {
  if (const auto* context = claims.find("acr")) {
    if (!context->is_string()) return refuse("its claim acr is no text");
    token.context_class = context->text();
  }
  if (const auto* methods = claims.find("amr")) {
    if (!methods->is_array() || methods->items().size() > kMostMethods) return refuse("its claim amr is no short list");
    for (const auto& method : methods->items()) {
      if (!method.is_string()) return refuse("its claim amr holds something else than texts");
      token.methods.emplace_back(method.text());
    }
  }
  return {};
}

Result<Token> read_claims(std::string_view text, const TokenRules& rules, Instant now) {
  auto claims = json::parse_outside(text, kClaims);
  if (!claims) return refuse("its claims are " + claims.error().message());
  if (!claims->is_object()) return refuse("its claims are no JSON object");
  if (rules.issuer.empty() || (*claims)["iss"].text() != rules.issuer) return refuse("it is of another issuer");
  if (const auto audience = check_audience(*claims, rules); !audience) return fail(audience.error());
  Token token;
  if (const auto times = check_times(*claims, rules, now, token); !times) return fail(times.error());
  if (const auto nonce = check_nonce(*claims, rules); !nonce) return fail(nonce.error());
  token.issuer = rules.issuer;
  token.subject = (*claims)["sub"].text();
  if (token.subject.empty() || token.subject.size() > kLongestSubject)
    return refuse("its claim sub is no text of 1 to 255 bytes");
  if (const auto read = read_authentication(*claims, token); !read) return fail(read.error());
  token.claims = *std::move(claims);
  return token;
}

}  // namespace

Result<Token> verify_token(std::string_view token, const KeySet& keys, const TokenRules& rules, Instant now) {
  if (rules.audience.empty()) return refuse("no audience is configured");
  const auto jws = read_jws(token);
  if (!jws) return fail(jws.error());
  if (!is_jwt_type(jws->type)) return refuse("its typ is not JWT: it is no ID token");
  if (std::ranges::find(rules.algorithms, jws->algorithm) == rules.algorithms.end())
    return refuse(fmt::format("it is signed with {}, which is not configured", to_string(jws->algorithm)));
  const auto key = keys.choose(jws->algorithm, jws->key_id);
  if (!key) return fail(key.error());
  if (!key->has_signed(jws->algorithm, jws->signed_text, jws->signature)) return refuse("its signature is wrong");
  return read_claims(jws->payload, rules, now);
}

}  // namespace sallyport::people
