#include "trial/question.hpp"

#include <algorithm>
#include <utility>

namespace sallyport::trial {
namespace {

using model::Subject;

bool is_told(const Subject& subject, const Question& question) {
  return subject.kind == Subject::Kind::agent ? !question.agent.empty() : !question.request.user.username.empty();
}

// A policy that may or may not be for whoever is imagined counts.
void widen_subjects(Question& question, Conclusion& conclusion) {
  for (auto& policy : question.policies) {
    auto& subjects = policy.spec.subjects;
    if (std::ranges::all_of(subjects, [&](const auto& subject) { return is_told(subject, question); })) continue;
    subjects.clear();
    conclusion.notes.push_back(policy.ref.kind + " " + policy.ref.name +
                               " is for some agents alone; it counts here, since " +
                               (question.agent.empty() ? "no agent was named" : "no user was named"));
  }
}

Answer answer_of(const policy::Ruling& ruling, const Outcome& outcome, bool all_read) {
  if (!outcome.refused.empty()) return Answer::refused;
  if (ruling.outcome == policy::Ruling::Outcome::gated) return Answer::gated;
  return all_read ? Answer::free : Answer::unknown;
}

}  // namespace

Conclusion conclude(Question question) {
  Conclusion conclusion;
  widen_subjects(question, conclusion);
  conclusion.unread = std::move(question.unread);
  model::Agent agent{.name = question.agent};
  if (!question.request.user.username.empty()) agent.users = {question.request.user.username};
  if (const auto account = model::service_account(question.request.user.username); !account.name.empty()) {
    agent.service_accounts = {std::string(account.namespace_name) + "/" + std::string(account.name)};
  }
  const policy::PolicyIndex index(std::move(question.policies));
  const policy::Guard guard({.own_namespace = "sallyport-system", .own_name = "sallyport", .agents = {agent}});
  const auto ruling = policy::rule_on(question.request, agent, question.ns ? &*question.ns : nullptr, index, guard,
                                      model::Enforcement::enforce);
  if (ruling.outcome == policy::Ruling::Outcome::guarded &&
      ruling.finding->part == policy::GuardFinding::Part::identity) {
    conclusion.notes.emplace_back(
        "the guard is taken to be in Enforce, as the chart has it, and no account but the one named to be an agent's");
  }
  conclusion.outcome = outcome_of(ruling);
  conclusion.why = why_refused(ruling);
  conclusion.terms = policy::combine(ruling.match);
  conclusion.answer = answer_of(ruling, conclusion.outcome, conclusion.unread.empty());
  return conclusion;
}

void add_gate_word(Conclusion& conclusion, const std::string& sentence) {
  if (sentence.empty() || conclusion.answer == Answer::gated || conclusion.answer == Answer::refused) return;
  conclusion.answer = Answer::gated;
  conclusion.why = sentence;
}

}  // namespace sallyport::trial
