#include "cli/decision_words.hpp"

#include "cli/facts.hpp"
#include "cli/words.hpp"

namespace sallyport::cli {

using model::State;
using model::Verdict;

State decidable_state(Verdict verdict) {
  return verdict == Verdict::revoke ? State::approved : State::pending;
}

std::string why_not(const model::ApprovalRequest& request, Verdict verdict, bool accept_truncated, Instant now) {
  const State state = request.status.state;
  const std::string what = "approvalrequest " + safe(request.key.name);
  if (state == decidable_state(verdict)) {
    const bool hidden = verdict == Verdict::approve && request.spec.action.truncated && !accept_truncated;
    return hidden
               ? what +
                     ": the change is too large to be shown whole; to approve what is not shown, add --accept-truncated"
               : "";
  }
  if (state == State::pending) return what + " is Pending, and only an approved one can be revoked";
  return what + ": " + already_words(request, now) +
         (state == State::approved ? "; revoke takes an approval back" : "; a decision is final");
}

std::string result_words(const model::ApprovalRequest& request, State before, const Page& page) {
  const State state = request.status.state;
  const std::string what = "approvalrequest " + safe(request.key.name);
  if (state == before) {
    const auto missing = missing_words(request);
    return missing.empty() ? what + ": recorded; Sallyport has not acted on it yet"
                           : what + ": recorded; still missing: " + joined(missing, "; ");
  }
  const std::string is = what + " is " + state_word(request, page);
  if (state == State::approved) return is + ": the agent may do it until " + until_words(end_of(request), page.now);
  if (state == State::used) return is + ": the agent's call was let through";
  return is;
}

}  // namespace sallyport::cli
