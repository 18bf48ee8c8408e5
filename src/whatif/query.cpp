#include "whatif/query.hpp"

#include <algorithm>
#include <utility>

namespace sallyport::whatif {
namespace {

using model::Subject;

bool is_told(const Subject& subject, const Query& query) {
  return subject.kind == Subject::Kind::agent ? !query.agent.empty() : !query.request.user.username.empty();
}

// A policy that may or may not be for whoever is imagined counts.
void widen_subjects(Query& query, Prediction& prediction) {
  for (auto& policy : query.policies) {
    auto& subjects = policy.spec.subjects;
    if (std::ranges::all_of(subjects, [&](const auto& subject) { return is_told(subject, query); })) continue;
    subjects.clear();
    prediction.notes.push_back(policy.ref.kind + " " + policy.ref.name +
                               " is for some agents alone; it counts here, since " +
                               (query.agent.empty() ? "no agent was named" : "no user was named"));
  }
}

// Of a kind that others define, the values of the chart may say what it does.
void note_unknown_effects(const Query& query, Prediction& prediction) {
  const auto& resource = query.request.resource;
  const auto asks_by_effects = [](const model::Policy& policy) {
    return std::ranges::any_of(policy.spec.actions,
                               [](const auto& action) { return action.preset || !action.effects.empty(); });
  };
  if (query.effects || effects::Table::shipped().is_built_in(resource)) return;
  if (std::ranges::none_of(query.policies, asks_by_effects)) return;
  prediction.notes.push_back("what the chart's value `effects` says of " + to_string(resource) +
                             " is not known here; name your values with --values");
}

Answer answer_of(const policy::Ruling& ruling, const Outcome& outcome, bool all_read) {
  if (!outcome.refused.empty()) return Answer::refused;
  if (ruling.outcome == policy::Ruling::Outcome::gated) return Answer::gated;
  return all_read ? Answer::free : Answer::unknown;
}

}  // namespace

Prediction predict(Query query) {
  Prediction prediction;
  widen_subjects(query, prediction);
  prediction.unread = std::move(query.unread);
  model::Agent agent{.name = query.agent};
  if (!query.request.user.username.empty()) agent.users = {query.request.user.username};
  if (const auto account = model::service_account(query.request.user.username); !account.name.empty()) {
    agent.service_accounts = {std::string(account.namespace_name) + "/" + std::string(account.name)};
  }
  note_unknown_effects(query, prediction);
  const policy::PolicyIndex index(std::move(query.policies), query.effects ? query.effects : effects::shipped_table());
  const policy::Guard guard({.own_namespace = "sallyport-system", .own_name = "sallyport", .agents = {agent}});
  const auto ruling = policy::rule_on({index.effects(), query.request}, agent, query.ns ? &*query.ns : nullptr,
                                      {.policies = index, .guard = guard, .reads = policy::GuardReads::harmless()});
  if (ruling.outcome == policy::Ruling::Outcome::guarded &&
      ruling.finding->part == policy::GuardFinding::Part::unless_covered) {
    prediction.notes.emplace_back(
        "the guard is taken to be in Enforce, as the chart has it, and no account but the one named to be an agent's");
  }
  prediction.outcome = outcome_of(ruling);
  prediction.why = why_refused(ruling);
  prediction.terms = policy::combine(ruling.match);
  prediction.answer = answer_of(ruling, prediction.outcome, prediction.unread.empty());
  return prediction;
}

void add_gate_word(Prediction& prediction, const std::string& sentence) {
  if (sentence.empty() || prediction.answer == Answer::gated || prediction.answer == Answer::refused) return;
  prediction.answer = Answer::gated;
  prediction.why = sentence;
}

}  // namespace sallyport::whatif
