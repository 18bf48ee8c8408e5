#include "audit/replay/decide_again.hpp"

#include <algorithm>
#include <set>

#include "audit/replay/restored.hpp"
#include "engine/due.hpp"
#include "engine/grants.hpp"
#include "engine/outcomes.hpp"
#include "engine/request_store.hpp"
#include "engine/reviewing.hpp"
#include "policy/evaluate.hpp"

namespace sallyport::audit {
namespace {

using engine::Due;
using model::State;
using Fate = LoggedStep::Fate;

constexpr const char* kOwnHand = "sallyport";  // who takes back what nobody has revoked

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string told(std::string_view verdict, std::string_view reason, const std::vector<std::string>& by) {
  return std::string(verdict) + " (" + std::string(reason) + ")" + (by.empty() ? "" : " by " + joined(by));
}

std::string told(const Due& due) {
  switch (due.step) {
    case Due::Step::nothing:
      return "nothing was due";
    case Due::Step::decide:
      return told(to_string(due.deciding.verdict), due.deciding.reason, due.deciding.reviewers);
    case Due::Step::revoke:
      return told("Revoked", due.reason, {due.by});
    case Due::Step::expire:
      return "the approval had expired";
  }
  return "nothing was due";
}

struct Again {
  Sameness sameness = Sameness::unknown;
  std::string why;
};

Again same() {
  return {Sameness::same, ""};
}
Again differs(std::string why) {
  return {Sameness::differs, std::move(why)};
}
Again unknown(std::string why) {
  return {Sameness::unknown, std::move(why)};
}

// The request as it stood when something was decided about it, and what of it the log does not tell.
struct Then {
  model::ApprovalRequest request;
  engine::Sealed sealed;
  std::string unclear;
};

// One request's records, judged one by one.
class Judge {
 public:
  Judge(const Histories& all, const History& history) : all_(all), history_(history) {}

  std::vector<Finding> judge() {
    // They stand in the order of their time: what a decision rests on is judged before it.
    for (const auto& logged : history_.reviews) {
      const auto again = unreadable() ? unknown(*unreadable()) : judge(logged);
      if (again.sameness == Sameness::differs) wrong_.insert(logged.review.seal);
      if (again.sameness == Sameness::unknown) untold_.insert(logged.review.seal);
      add(logged.at, "review", std::string(to_string(logged.review.verdict)) + " by " + logged.review.reviewer, again);
    }
    for (const auto& step : history_.steps) {
      add(step.at, std::string(step.line["kind"].text()), recorded(step),
          unreadable() ? unknown(*unreadable()) : judge(step));
    }
    return std::move(findings_);
  }

 private:
  void add(const Place& at, std::string what, std::string recorded, Again again) {
    findings_.push_back({.sameness = again.sameness,
                         .at = at,
                         .request = to_string(history_.request.key),
                         .agent = history_.call.agent,
                         .namespace_name = history_.request.key.namespace_name,
                         .what = std::move(what),
                         .recorded = std::move(recorded),
                         .again = std::move(again.why)});
  }

  [[nodiscard]] std::optional<std::string> unreadable() const {
    if (history_.why_unreadable.empty()) return std::nullopt;
    return "the record of the request's opening cannot be read: " + history_.why_unreadable;
  }

  static std::string recorded(const LoggedStep& step) {
    const auto& line = step.line;
    const auto kind = line["kind"].text();
    if (kind == "use") return "let through for " + std::string(line["username"].text());
    if (kind == "revocation") return told("Revoked", line["reason"].text(), {std::string(line["by"].text())});
    if (kind == "expiry") return "the approval had expired";
    if (kind == "removal") return "removed: " + std::string(line["why"].text());
    std::vector<std::string> reviewers;
    for (const auto& reviewer : line["reviewers"].items()) reviewers.emplace_back(reviewer.text());
    return told(line["verdict"].text(), line["reason"].text(), reviewers);
  }

  static void apply(const LoggedStep& step, Then& then) {
    audit::apply(step, then.request);
    const auto kind = step.line["kind"].text();
    if (kind == "decision") then.sealed.decision = true;
    if (kind == "revocation") then.sealed.revoked = true;
  }

  // As it stood in `version`, at `when`, with these reviews. Reviews that should not have counted do not.
  [[nodiscard]] Then then(std::uint64_t version, Instant when, const std::vector<std::string>& seals) const {
    Then then{.request = history_.request, .sealed = {.spec = true, .uses = true}, .unclear = ""};
    const bool put_back = std::ranges::any_of(
        all_.restorations(), [&](Instant time) { return time >= history_.opened.time && time <= when; });
    if (put_back) then.unclear = "the cluster's store was put back since the request was opened";
    if (version == 0) then.unclear = "the record does not tell which version of the request it is about";
    for (const auto& step : history_.steps) {
      if (step.version >= version) continue;  // what has landed on a version has made a later one
      if (step.fate == Fate::landed) apply(step, then);
      if (step.fate == Fate::unsettled) {
        then.unclear = "what became of an earlier " + std::string(step.line["kind"].text()) + " is not in these logs";
      }
    }
    for (const auto& seal : seals) {
      const auto found = std::ranges::find(history_.reviews, seal, [](const auto& each) { return each.review.seal; });
      if (found == history_.reviews.end()) {
        then.unclear = "a review that it rests on is not in these logs";
      } else if (untold_.contains(seal)) {
        then.unclear = "whether the review of " + found->review.reviewer + " counts cannot be told";
      } else if (!wrong_.contains(seal)) {
        then.sealed.reviews.push_back(found->review);
      }
    }
    then.request.spec.reviews = then.sealed.reviews;
    return then;
  }

  // Whom this replica took for agents; nothing: that is not in these logs.
  [[nodiscard]] const std::vector<model::Agent>* agents_at(const Place& at) const {
    const std::vector<model::Agent>* agents = nullptr;
    const auto stream = all_.streams().find(at.stream);
    if (stream == all_.streams().end()) return nullptr;
    for (const auto& start : stream->second.starts) {
      if (start.seq < at.seq) agents = &start.agents;
    }
    return agents;
  }

  [[nodiscard]] Again judge(const LoggedReview& logged) const {
    const auto& review = logged.review;
    const auto now = then(logged.version, review.time, logged.before);
    const auto* agents = agents_at(logged.at);
    const std::vector<model::Agent> nobody;
    model::User reviewer{.username = review.reviewer, .uid = review.uid, .groups = logged.groups};
    const auto& known = agents != nullptr ? *agents : nobody;
    if (review.verdict != model::Verdict::withdraw) {
      // Whatever else is not known: this hangs on nothing but who they are.
      auto why = engine::why_no_reviewer(reviewer, history_.request.spec.requester, known);
      if (!why.empty()) return differs("refused: " + why);
    }
    if (!now.unclear.empty()) return unknown(now.unclear);
    if (!logged.tells_grounds) return unknown("the record does not tell the reviewer's groups and what they saw");
    const engine::ReviewCall call{.reviewer = reviewer,
                                  .request = now.request,
                                  .slot = {.verdict = review.verdict,
                                           .comment = review.comment,
                                           .digest = "",
                                           .accept_truncated = review.accept_truncated},
                                  .via = review.via,
                                  .dry_run = false};
    if (auto why = engine::why_no_review(call, now.sealed, review.time, known); !why.empty()) {
      if (logged.groups_cut) return unknown("not all groups of the reviewer are in the log");
      return differs("refused: " + why);
    }
    if (agents == nullptr) return unknown("the configuration that tells agents from people is not in these logs");
    if (review.verdict == model::Verdict::withdraw || logged.groups_cut) return same();
    const auto satisfies = policy::satisfies(now.request.spec.policies, reviewer);
    if (satisfies != review.satisfies) {
      return differs("it satisfies " + joined(satisfies) + ", and not " + joined(review.satisfies));
    }
    return same();
  }

  [[nodiscard]] Again judge(const LoggedStep& step) const {
    if (!step.tells_grounds) return unknown("the record does not tell by which reviews, and when it was due");
    const auto now = then(step.version, step.as_of, step.reviews);
    const auto kind = step.line["kind"].text();
    if (kind == "use") return judge_use(step, now);
    if (kind == "removal") return judge_removal(step, now);
    if (kind == "revocation" && step.line["by"].text() == kOwnHand) return judge_own_hand(step, now, State::approved);
    if (kind == "decision" && step.line["verdict"].text() == "Withdrawn" && step.line["reason"].text() != "Withdrawn") {
      return judge_own_hand(step, now, State::pending);
    }
    if (auto doubt = doubt_about_approval(step, now)) return *doubt;
    const auto due = engine::due_step(now.request, now.sealed, step.as_of);
    const auto again = told(due);
    if (!now.unclear.empty()) return unknown(now.unclear);
    return again == recorded(step) ? same() : differs(again);
  }

  // Does it rest on the approval that the log has?
  [[nodiscard]] std::optional<Again> doubt_about_approval(const LoggedStep& step, const Then& now) const {
    const bool needs_one = step.line["kind"].text() != "decision";
    const auto& decision = now.request.status.decision;
    if (decision && step.decision && decision->log.stream == step.decision->stream &&
        decision->log.seq == step.decision->seq) {
      return std::nullopt;
    }
    if (!decision && !step.decision) {
      return needs_one ? std::optional(differs("refused: it was not approved")) : std::nullopt;
    }
    if (!step.decision) {
      return needs_one ? std::optional(unknown("the record does not tell on which approval it rests")) : std::nullopt;
    }
    const auto stream = all_.streams().find(step.decision->stream);
    const bool is_read = stream != all_.streams().end() && stream->second.first <= step.decision->seq &&
                         step.decision->seq <= stream->second.last;
    if (is_read) return differs("refused: the line it rests on is no decision of this request that came to pass");
    return unknown("the decision it rests on is not in these logs");
  }

  [[nodiscard]] Again judge_use(const LoggedStep& step, const Then& now) const {
    engine::Ask ask;
    ask.requester = history_.request.spec.requester;
    ask.requester.agent = step.line["agent"].text();
    ask.requester.user.username = step.line["username"].text();
    ask.action.digest = step.line["digest"].text();
    ask.terms.policies = now.request.spec.policies;
    if (auto doubt = doubt_about_approval(step, now)) return *doubt;
    if (!now.unclear.empty()) return unknown(now.unclear);
    const auto state = engine::sealed_state(now.request, now.sealed, step.as_of);
    if (state != State::approved) return differs("refused: it was " + std::string(to_string(state)));
    if (const auto why = engine::why_not_derived(now.request, now.sealed, step.as_of); !why.empty()) {
      return differs("refused: the approval does not follow from its reviews: " + why);
    }
    if (const auto refusal = engine::why_no_use(ask, now.request, now.sealed)) {
      return differs("refused: " + refusal->message);
    }
    return same();
  }

  // That it was time to remove it is the business of settings that change; that nothing hung on it any more is not.
  [[nodiscard]] static Again judge_removal(const LoggedStep& step, const Then& now) {
    if (!now.unclear.empty()) return unknown(now.unclear);
    const auto state = engine::sealed_state(now.request, now.sealed, step.as_of);
    return engine::has_ended(state) ? same() : differs("kept: it was " + std::string(to_string(state)));
  }

  // What Sallyport ended by itself, since policies had changed or the store was put back. It only takes away.
  [[nodiscard]] Again judge_own_hand(const LoggedStep& step, const Then& now, State from) const {
    if (step.line["reason"].text() == "StoreRestored" && !all_.restorations().empty()) return same();
    if (!now.unclear.empty()) return unknown(now.unclear);
    const auto state = engine::sealed_state(now.request, now.sealed, step.as_of);
    if (state != from) return differs("nothing was due: it was " + std::string(to_string(state)));
    if (step.line["reason"].text() == "PolicyChanged" && other_policies_ask(step)) return same();
    if (step.line["reason"].text() == model::kAskedAnew && is_asked_anew(step)) return same();
    return unknown("what made Sallyport end it (" + std::string(step.line["reason"].text()) + ") is not in these logs");
  }

  // The same action was asked about anew, by other policies.
  [[nodiscard]] bool other_policies_ask(const LoggedStep& step) const {
    const auto& mine = history_.request.spec;
    return std::ranges::any_of(all_.requests(), [&](const auto& other) {
      const auto& spec = other.second.request.spec;
      return other.second.opened.time >= step.as_of && spec.action.digest == mine.action.digest &&
             !std::ranges::equal(spec.policies, mine.policies, {}, &model::PolicyCopy::ref, &model::PolicyCopy::ref);
    });
  }

  // Something else was asked about the same object by the same caller.
  [[nodiscard]] bool is_asked_anew(const LoggedStep& step) const {
    const auto& mine = history_.call.envelope;
    return std::ranges::any_of(all_.requests(), [&](const auto& other) {
      const auto& its = other.second.call.envelope;
      return other.second.opened.time >= step.as_of && its.user.username == mine.user.username &&
             its.resource == mine.resource && its.namespace_name == mine.namespace_name && its.name == mine.name &&
             other.second.request.spec.action.digest != history_.request.spec.action.digest;
    });
  }

  const Histories& all_;
  const History& history_;
  std::set<std::string> wrong_, untold_;  // seals of reviews
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> decide_again(const Histories& histories) {
  std::vector<Finding> findings;
  for (const auto& [uid, history] : histories.requests()) {
    for (auto& finding : Judge(histories, history).judge()) findings.push_back(std::move(finding));
  }
  for (const auto& [at, line] : histories.without_opening()) {
    if (line["event"].text() == "review_stamped") continue;
    const bool is_review = line["event"].text() == "review_accepted";
    const auto key = model::parse_request_key(line["request"].text());
    findings.push_back({.sameness = Sameness::unknown,
                        .at = at,
                        .request = std::string(line["request"].text()),
                        .agent = std::string(line["agent"].text()),
                        .namespace_name = key.namespace_name,
                        .what = is_review ? "review" : std::string(line["kind"].text()),
                        .recorded = std::string(line["verdict"].text()),
                        .again = "the request's opening is not in these logs"});
  }
  return findings;
}

}  // namespace sallyport::audit
