#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "model/request.hpp"
#include "people/token.hpp"

namespace sallyport::people {

// One decision of one person, as the login for it (Assurance::fresh) is bound to it.
struct FreshDecision {
  std::string request_uid;
  std::string digest;
  model::Verdict verdict = model::Verdict::none;
  std::optional<Duration> valid_for;  // the limits that the person sets
  std::optional<std::uint64_t> uses;
  std::string comment;
};

// What such a login must prove, besides what every token must.
struct FreshRules {
  Duration max_age = std::chrono::minutes(5);  // of the authentication
  Duration clock_skew = std::chrono::seconds(60);
  std::vector<std::string> context_classes;  // "acr" must be one of them; empty: any, or none
  std::vector<std::string> methods;          // "amr" must hold one of them; empty: any, or none
};

constexpr std::size_t kFreshRandomBytes = 32;

// The nonce of the login: nothing else than this decision gives it, and nobody can guess the token's before the login.
// bad_input: there are not exactly 256 random bits, or the decision lacks its uid, digest or verdict.
[[nodiscard]] Result<std::string> fresh_nonce(const FreshDecision& decision, const Secret& random);

// Whether the token (verified already) is of a login that was made for this decision, a short while ago. bad_input,
// with the reason for people, if not.
[[nodiscard]] Result<void> check_fresh(const Token& token, const FreshDecision& decision, const Secret& random,
                                       const FreshRules& rules, Instant now);

}  // namespace sallyport::people
