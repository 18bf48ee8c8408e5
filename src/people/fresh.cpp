#include "people/fresh.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "base/base64url.hpp"

namespace sallyport::people {
namespace {

std::unexpected<Error> refuse(std::string_view why) {
  return fail(ErrorCode::bad_input, fmt::format("this login does not confirm the decision: {}", why));
}

std::string_view text_of(const Sha256Sum& sum) {
  return {reinterpret_cast<const char*>(sum.data()), sum.size()};
}

bool holds(const std::vector<std::string>& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

}  // namespace

Result<std::string> fresh_nonce(const FreshDecision& decision, const Secret& random) {
  if (random.reveal().size() != kFreshRandomBytes) return refuse("it has not 256 random bits");
  if (decision.request_uid.empty() || decision.digest.empty() || decision.verdict == model::Verdict::none)
    return refuse("uid, digest or verdict are missing");
  Hasher hasher;
  hasher.field("sallyport fresh decision 1").field(decision.request_uid).field(decision.digest);
  hasher.field(model::to_string(decision.verdict));
  // A limit that is not set is an empty field, which no number is.
  hasher.field(decision.valid_for ? std::to_string(decision.valid_for->count()) : "");
  hasher.field(decision.uses ? std::to_string(*decision.uses) : "");
  hasher.field(text_of(sha256(decision.comment))).field(random.reveal());
  return base64url(text_of(hasher.finish()));
}

Result<void> check_fresh(const Token& token, const FreshDecision& decision, const Secret& random,
                         const FreshRules& rules, Instant now) {
  const auto nonce = fresh_nonce(decision, random);
  if (!nonce) return fail(nonce.error());
  if (!equal_in_constant_time(token.claims["nonce"].text(), *nonce)) return refuse("it was made for another one");
  if (!token.authenticated_at) return refuse("the issuer does not say when the person authenticated (auth_time)");
  if (*token.authenticated_at > now + rules.clock_skew) return refuse("its auth_time is in the future");
  if (now - *token.authenticated_at > rules.max_age)
    return refuse(fmt::format("the person authenticated more than {} ago", format_duration(rules.max_age)));
  if (!rules.context_classes.empty() && !holds(rules.context_classes, token.context_class))
    return refuse("the way of authentication (acr) is not one of the configured ones");
  const auto is_configured = [&](const std::string& method) { return holds(rules.methods, method); };
  if (!rules.methods.empty() && std::ranges::none_of(token.methods, is_configured))
    return refuse("none of the methods of authentication (amr) is a configured one");
  return {};
}

}  // namespace sallyport::people
