#include "engine/reviewing.hpp"

#include <algorithm>

#include "engine/due.hpp"
#include "engine/records.hpp"
#include "policy/evaluate.hpp"

namespace sallyport::engine {
namespace {

using model::State;
using model::Verdict;

std::string named(const model::ApprovalRequest& request) {
  return "approvalrequest " + to_string(request.key);
}

// The agent's only verdict, and only on its own request: by the very identity that asked, as the admission policy has
// it.
std::string why_no_withdrawal(const ReviewCall& call) {
  const auto& requester = call.request.spec.requester.user;
  const bool same = call.reviewer.username == requester.username && call.reviewer.uid == requester.uid;
  return same ? "" : "only the requester may withdraw a request; to stop it, deny it";
}

std::string why_not_in_state(const ReviewCall& call, State state) {
  const auto verdict = call.slot.verdict;
  if (verdict == Verdict::revoke) {
    return state == State::approved
               ? ""
               : "only an approved request can be revoked, and this one is " + std::string(to_string(state));
  }
  if (state == State::pending) return "";
  return "it is " + std::string(to_string(state)) + " already, and a decision is final" +
         (state == State::approved ? " (verdict Revoke takes an approval back)" : "");
}

// What the reviewer saw must be what stands there.
std::string why_not_seen(const ReviewCall& call) {
  const auto& action = call.request.spec.action;
  if (!call.slot.digest.empty() && call.slot.digest != action.digest) {
    return "spec.decision.digest is " + call.slot.digest + ", but the request's digest is " + action.digest +
           ": look at it again";
  }
  if (call.slot.verdict == Verdict::approve && action.truncated && !call.slot.accept_truncated) {
    return "its change is too large to be shown whole; to approve what is not shown, set spec.decision.acceptTruncated "
           "to true";
  }
  return "";
}

std::string why_said_already(const ReviewCall& call, const Sealed& sealed) {
  const bool said = std::ranges::any_of(sealed.reviews, [&](const auto& review) {
    return review.reviewer == call.reviewer.username && review.verdict == call.slot.verdict;
  });
  return said ? "you have reviewed it with this verdict already; a person counts once" : "";
}

}  // namespace

std::string why_no_reviewer(const model::User& reviewer, const model::Requester& requester,
                            const std::vector<model::Agent>& agents) {
  if (reviewer.username.empty()) return "the reviewer is not known";
  if (reviewer.username == requester.user.username || (!reviewer.uid.empty() && reviewer.uid == requester.user.uid)) {
    return "nobody approves what they asked for themselves";
  }
  if (const auto* agent = find_agent(agents, reviewer)) {
    return reviewer.username + " is an identity of agent " + agent->name + ", and no agent reviews anything";
  }
  if (reviewer.username.starts_with("system:")) {
    return reviewer.username + " is no person: service accounts and system users cannot review";
  }
  return "";
}

std::string why_no_review(const ReviewCall& call, const Sealed& sealed, Instant now,
                          const std::vector<model::Agent>& agents) {
  const auto& request = call.request;
  if (!sealed.unknown.empty()) {
    return "another version of Sallyport has written it, and this one does not know " + sealed.unknown.front();
  }
  if (!sealed.spec) return "it was not made by Sallyport, or was changed since: it grants nothing. Delete it";
  if (has_forged_decision(request, sealed)) {
    return "it holds a decision that Sallyport did not make: it grants nothing. Delete it";
  }
  if (auto why = why_not_in_state(call, sealed_state(request, sealed, now)); !why.empty()) return why;
  if (now >= request.spec.expires_at && call.slot.verdict != Verdict::revoke) {
    return "it expired at " + format_instant(request.spec.expires_at);
  }
  if (auto why = why_not_seen(call); !why.empty()) return why;
  if (call.slot.verdict == Verdict::withdraw) return why_no_withdrawal(call);

  if (auto why = why_no_reviewer(call.reviewer, request.spec.requester, agents); !why.empty()) return why;
  if (auto why = why_said_already(call, sealed); !why.empty()) return why;
  if (policy::satisfies(request.spec.policies, call.reviewer).empty()) {
    return "no requirement of its policies names " + call.reviewer.username + " or one of their groups";
  }
  return "";
}

boost::asio::awaitable<std::string> Reviewing::why_not(const ReviewCall& call, const Sealed& sealed) {
  const auto& request = call.request;
  if (const auto why = cluster_.why_not_ready()) co_return *why;
  if (auto why = why_no_review(call, sealed, clock_.now(), settings_.agents); !why.empty()) co_return why;
  if (call.slot.verdict == Verdict::withdraw) co_return "";
  const auto may = co_await cluster_.may_approve(call.reviewer, request.key);
  if (!may)
    co_return "whether " + call.reviewer.username + " may approve could not be found out: " + may.error().message();
  if (!*may) {
    co_return call.reviewer.username + " lacks the verb approve on approvalrequests.sallyport.dev in namespace " +
        request.key.namespace_name + " (ClusterRole sallyport-approver grants it)";
  }
  co_return "";
}

ReviewAnswer Reviewing::refuse(const ReviewCall& call, std::string why) {
  auto record = records::review_refused(call.request, call.reviewer, call.slot.verdict, why);
  records::add_caller(record.fields, settings_.callers_proven);
  quota_.note_answer(std::move(record));
  return {std::nullopt, named(call.request) + ": " + std::move(why) + "."};
}

boost::asio::awaitable<ReviewAnswer> Reviewing::review(ReviewCall call) {
  const auto sealed = examiner_.examine(call.request, clock_.now());
  if (auto why = co_await why_not(call, sealed); !why.empty()) co_return refuse(call, std::move(why));
  // The API server may have taken its time: what counts is when the review is stamped.
  const auto now = clock_.now();
  if (auto why = why_no_review(call, sealed, now, settings_.agents); !why.empty())
    co_return refuse(call, std::move(why));

  model::Review review{call.reviewer.username,
                       call.reviewer.uid,
                       call.slot.verdict,
                       call.slot.comment,
                       call.via,
                       now,
                       {},
                       call.slot.accept_truncated,
                       {}};
  if (call.slot.verdict != Verdict::withdraw)
    review.satisfies = policy::satisfies(call.request.spec.policies, call.reviewer);
  if (call.dry_run) co_return ReviewAnswer{std::move(review), ""};  // no seal, no record: it counts for nothing

  review.seal = sealer_.seal_review(call.request, review, seal_before_next_review(call.request.spec));
  // Of a caller whom nothing but the path proves the log says no more than that it was stamped: see landings.hpp.
  const auto record = [&](std::string_view event) {
    return records::review(event, call.request, review, call.reviewer.groups, sealed.reviews);
  };
  const auto logged = co_await journal_.append(record(settings_.callers_proven ? "review_accepted" : "review_stamped"));
  if (!logged) co_return refuse(call, "Sallyport cannot write its log, so it accepts no review. Try again in a minute");
  landings_.stamped(review.seal, record("review_accepted"));
  co_return ReviewAnswer{std::move(review), ""};
}

}  // namespace sallyport::engine
