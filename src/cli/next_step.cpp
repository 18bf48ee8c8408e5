#include "cli/next_step.hpp"

#include <algorithm>
#include <array>

#include "cli/facts.hpp"
#include "cli/sheet.hpp"
#include "cli/words.hpp"

namespace sallyport::cli {
namespace {

using model::State;

struct Meaning {
  std::string_view code;
  std::string_view words;
};

// The codes of model/answer.hpp.
constexpr std::array<Meaning, 24> kMeanings = {{
    {"ApprovalRequired", "people must approve this first: wait for them, then send the same call again"},
    {"ApprovalPending", "people have not decided yet: send the same call again to go on waiting"},
    {"WouldAsk", "this was a dry run: people must approve the real call before it goes through"},
    {"ApprovalDenied", "somebody denied it: change what they object to; the same call is refused for a while"},
    {"ApprovalExpired", "nobody decided in time: send the same call again to ask anew"},
    {"ApprovalRevoked", "the approval was taken back: send the same call again to ask anew"},
    {"ApprovalWithdrawn", "its request was withdrawn: send the same call again to ask anew"},
    {"RequestDeleted", "its request was deleted while the call waited: send the same call again to ask anew"},
    {"TooManyRequests", "too many requests are open: wait until people have decided some, or withdraw some"},
    {"DiffersEachTry",
     "the command asks something else at each try: make what the refusal names once, outside of it, and keep it"},
    {"LimitReached",
     "a size limit of Sallyport is reached: ask an administrator to look at the limit that the refusal names"},
    {"GrantLost",
     "the approval was spent on a call whose outcome is not known: see whether it happened, before asking anew"},
    {"Busy", "another call of the same action is just being decided: send this one again in a moment"},
    {"Guarded",
     "the built-in guard refuses this; no approval helps unless a policy covers the action: ask whoever writes "
     "policies"},
    {"NotReady", "Sallyport cannot decide about this yet: send the same call again in a minute"},
    {"PolicyBroken", "a policy is invalid, and refuses its whole scope until whoever maintains it fixes it"},
    {"DeleteByName", "objects that policies protect must be deleted one by one, by name"},
    {"NotFound", "what the call acts on does not exist: look at its name and namespace"},
    {"UnknownAgent", "Sallyport and the cluster disagree about who is an agent: ask whoever runs Sallyport"},
    {"NamespaceTerminating", "the namespace is being deleted: nothing can change in it any more"},
    {"BadReview", "the object cannot be read safely, as with the same key twice: send it in a plainer form"},
    {"LogUnavailable",
     "Sallyport cannot write its log, so it allows nothing: send the same call again in a minute, or tell whoever runs "
     "it"},
    {"ClusterUnavailable", "Sallyport could not ask the API server: send the same call again in a moment"},
    {"ShuttingDown", "this replica is stopping: send the same call again, another one answers"},
}};

std::string where(const model::ApprovalRequest& request) {
  return safe(request.key.name) + " -n " + safe(request.key.namespace_name);
}

std::string denial_words(const model::ApprovalRequest& request) {
  for (const auto& review : request.spec.reviews) {
    if (review.verdict == model::Verdict::deny && !review.seal.empty() && !review.comment.empty()) {
      return safe(review.reviewer) + " says: \"" + safe(review.comment) + "\"; ";
    }
  }
  return "";
}

}  // namespace

std::string code_words(std::string_view code) {
  const auto found = std::ranges::find(kMeanings, code, &Meaning::code);
  return found == kMeanings.end() ? "a code that this version does not know" : std::string(found->words);
}

std::string next_step(const model::ApprovalRequest& request, const Page& page) {
  switch (request.status.state) {
    case State::pending:
      return "wait with `" + page.program + " wait " + where(request) +
             " --for approved`, then send the very same call again";
    case State::approved: {
      const auto until = request.status.decision ? request.status.decision->valid_until : Instant{};
      return "send the very same call again now: the approval ends " + relative_words(until, page.now);
    }
    case State::used:
      return "see whether it took effect: the approved call was let through. " + std::string(model::kUnseenOutcome) +
             ". The same call once more asks anew";
    case State::denied:
      return denial_words(request) + "do not send the same call again, change what was objected to";
    case State::expired:
      return request.status.decision && request.status.decision->verdict == State::approved
                 ? "the approval was not used in time: send the same call again to ask anew"
                 : "nobody decided in time: send the same call again to ask anew";
    case State::withdrawn:
      if (request.status.decision && request.status.decision->reason == model::kAskedAnew) {
        return "keep what differs the same at each try: " + condition_words(request, "Decided");
      }
      return "send the same call again to ask anew, if it is still wanted";
    case State::revoked:
      return "the approval was taken back: send the same call again to ask anew, if people agree";
  }
  return "";
}

std::string next_step_view(const model::ApprovalRequest& request, const Page& page) {
  Sheet sheet(page);
  sheet.add_as_it_is("Request", page.ink(Colour::bold, safe(request.key.name)) + " in namespace " +
                                    safe(request.key.namespace_name) + ": " + state_word(request, page));
  sheet.add("What", safe(request.spec.action.summary));
  if (request.status.state == State::pending) {
    std::string_view label = "Missing";
    for (const auto& words : missing_words(request)) {
      sheet.add(label, words);
      label = "";
    }
    sheet.add("Ends", time_words(request.spec.expires_at, page.now) + ", if nobody decides");
  } else {
    sheet.add("Since", outcome_words(request, page));
  }
  sheet.add("Next", next_step(request, page));
  return sheet.text();
}

std::string refusal_view(const wire::Refusal& refusal, const Page& page) {
  Sheet sheet(page);
  sheet.add("Refused", safe(refusal.code) + ": " + code_words(refusal.code));
  return sheet.text();
}

}  // namespace sallyport::cli
