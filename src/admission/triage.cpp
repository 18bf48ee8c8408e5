#include "admission/triage.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "action/describe.hpp"
#include "engine/answers.hpp"
#include "policy/facts.hpp"
#include "policy/ruling.hpp"
#include "policy/weigher.hpp"
#include "wire/admission.hpp"
#include "wire/text.hpp"

namespace sallyport::admission {
namespace {

using engine::answers::refuse;
using engine::answers::refuse_for_now;
using model::AdmissionRequest;
using model::Answer;
using model::Code;
using model::Envelope;
using policy::NamespaceFacts;
using policy::ReadDepth;

constexpr std::size_t kLongestReason = 1000;
constexpr std::size_t kLongestTold = 300;  // of a name that we do not know, so that it may be anything

// No client sends a CONNECT again.
bool sends_again(const model::Agent& agent, const Envelope& envelope) {
  return agent.retries_429 && envelope.operation != model::Operation::connect;
}

Triage allow_unmatched(const Envelope& envelope) {
  Triage result;
  result.uid = envelope.uid;
  result.unmatched = true;
  result.answer.allowed = true;
  result.answer.code = Code::allowed;
  return result;
}

Triage answer_with(const Envelope& envelope, Answer answer) {
  Triage result;
  result.uid = envelope.uid;
  result.answer = std::move(answer);
  return result;
}

model::LogRecord record(std::string event, const AdmissionRequest& request, const model::Agent& agent) {
  model::LogRecord record{std::move(event)};
  record.fields.set("agent", agent.name)
      .set("username", request.user.username)
      .set("operation", to_string(request.operation))
      .set("resource", to_string(request.resource))
      .set("namespace", request.namespace_name)
      .set("name", request.name)
      .set("admission_uid", request.uid)
      .set("dry_run", request.dry_run);
  return record;
}

// One admission on its way through the steps, with what it was matched against.
class Judge {
 public:
  Judge(const Context& context, const PolicySnapshot& snapshot, const Envelope& envelope, const model::Agent& agent,
        const NamespaceFacts* ns, policy::GuardReads reads, std::optional<effects::WriteEffects> known = std::nullopt)
      : context_(context),
        snapshot_(snapshot),
        agent_(agent),
        ns_(ns),
        reads_(std::move(reads)),
        known_(std::move(known)) {
    result_.uid = envelope.uid;
    result_.agent = &agent;
  }

  Triage judge(AdmissionRequest request) {
    using Outcome = policy::Ruling::Outcome;
    const effects::ReadOnce write(snapshot_.policies->effects(), request, std::move(known_));
    auto ruling =
        policy::rule_on(write, agent_, ns_, {*snapshot_.policies, *snapshot_.guard, context_.guard_mode, reads_});
    if (ruling.outcome == Outcome::invalid) return refuse_invalid(request, *ruling.match.invalid.front());
    if (ruling.outcome == Outcome::guarded) return refuse_logged(request, Code::guarded, ruling.finding->message);
    if (ruling.outcome == Outcome::unread) {
      result_.effects = write.known();
      return look(std::move(request), std::move(*ruling.question));
    }
    if (ruling.finding) guard_would_refuse(request, ruling);
    if (ruling.outcome == Outcome::terminating) return refuse_terminating(request);
    if (ruling.outcome == Outcome::unchanged) return allow_unchanged(request);
    for (const auto* policy : ruling.match.warn) would_ask(write, *policy, true);
    for (const auto* policy : ruling.match.audit) would_ask(write, *policy, false);
    if (ruling.outcome == Outcome::free) return allowed(ruling.match);
    result_.next = Triage::Next::gate;
    result_.terms = policy::combine(ruling.match);
    result_.guarded = std::move(ruling.covered);
    result_.shows_secret = ruling.shows_secret;
    result_.effects = write.read();
    result_.request = std::move(request);
    return std::move(result_);
  }

 private:
  Triage refuse_logged(const AdmissionRequest& request, Code code, std::string sentence) {
    auto line = record("answered", request, agent_);
    line.fields.set("allowed", false).set("code", to_string(code)).set("why", sentence);
    result_.records.push_back(std::move(line));
    result_.answer = refuse(code, std::move(sentence));
    result_.next = Triage::Next::log;
    return std::move(result_);
  }

  Triage refuse_invalid(const AdmissionRequest& request, const model::Policy& policy) {
    return refuse_logged(request, Code::policy_broken,
                         policy.ref.kind + " " + policy.ref.name + " is invalid (" +
                             wire::clip(policy.why_broken(), kLongestReason) +
                             "). All writes of agents in its scope are refused until it is fixed: tell the people who "
                             "maintain it.");
  }

  Triage refuse_terminating(const AdmissionRequest& request) {
    return refuse_logged(
        request, Code::namespace_terminating,
        "Namespace " + request.namespace_name + " is being deleted: agents cannot change anything in it.");
  }

  Triage look(AdmissionRequest request, policy::GuardQuestion question) {
    result_.next = Triage::Next::look;
    result_.request = std::move(request);
    result_.question = std::move(question);
    return std::move(result_);
  }

  // The guard in Warn or Audit, or of a dry run.
  void guard_would_refuse(const AdmissionRequest& request, const policy::Ruling& ruling) {
    const auto& finding = *ruling.finding;
    result_.is_hopeless = context_.guard_mode == model::Enforcement::enforce;
    if (ruling.guard_mode == model::Enforcement::warn) {
      const auto tail = request.dry_run ? " [code=WouldAsk guard=" + finding.rule + "]" : "";
      result_.answer.warnings.push_back(finding.message + tail);
    }
    auto line = record("guard_would_refuse", request, agent_);
    line.fields.set("rule", finding.rule).set("why", finding.message);
    result_.records.push_back(std::move(line));
  }

  void would_ask(const effects::ReadOnce& write, const model::Policy& policy, bool warn) {
    auto line = record(warn ? "warned" : "audited", write.request(), agent_);
    line.fields.set("policy", policy.ref.name).set("policy_namespace", policy.ref.namespace_name);
    line.fields.set("facts", policy::write_facts(policy::facts_of(write, ns_)));
    result_.records.push_back(std::move(line));
    if (warn) {
      result_.answer.warnings.push_back(policy.ref.kind + " " + policy.ref.name +
                                        " would have asked for approval of this (it is in Warn)");
    }
  }

  Triage allowed(const policy::Match& match) {
    result_.answer.allowed = true;
    result_.answer.code = Code::allowed;
    result_.unmatched = result_.records.empty() && match.none();
    result_.next = result_.records.empty() ? Triage::Next::answer : Triage::Next::log;
    return std::move(result_);
  }

  Triage allow_unchanged(const AdmissionRequest& request) {
    auto line = record("answered", request, agent_);
    line.fields.set("allowed", true).set("code", "Unchanged").set("why", "the write changes nothing");
    result_.records.push_back(std::move(line));
    return allowed({});
  }

  const Context& context_;
  const PolicySnapshot& snapshot_;
  const model::Agent& agent_;
  const NamespaceFacts* ns_;
  policy::GuardReads reads_;
  std::optional<effects::WriteEffects> known_;  // from before the guard has looked at the cluster
  Triage result_;
};

bool is_namespace_object(const Envelope& envelope) {
  return envelope.resource.group.empty() && envelope.resource.resource == "namespaces";
}

// What must hold before "nobody cares, so allow" can be said of anything. Nothing: it holds.
std::optional<Answer> why_unknown(const PolicySnapshot& snapshot, Duration steady_now, const Envelope& envelope,
                                  const model::Agent& agent, const NamespaceFacts* ns) {
  if (!snapshot.policies || !snapshot.freshness.holds(steady_now)) {
    return engine::answers::not_ready();
  }
  if (ns == nullptr && !envelope.namespace_name.empty() && !is_namespace_object(envelope)) {
    return refuse_for_now(sends_again(agent, envelope), Code::not_ready,
                          "Sallyport does not know namespace " + wire::clip(envelope.namespace_name, kLongestTold) +
                              " yet, so it cannot tell which policies apply. Send the same call again.");
  }
  return std::nullopt;
}

// How far the review must be read, by all who may be concerned.
ReadDepth read_depth(const PolicySnapshot& snapshot, const Envelope& envelope, const model::Agent& agent,
                     const NamespaceFacts* ns) {
  if (ns != nullptr && ns->terminating) return ReadDepth::whole;
  return policy::either(snapshot.policies->read_depth(envelope, agent, ns), snapshot.guard->read_depth(envelope));
}

// One pass over the text without a tree may show that it is nobody's business after all.
bool selector_fields_clear(const PolicySnapshot& snapshot, const Envelope& envelope, const model::Agent& agent,
                           const NamespaceFacts* ns, std::string_view body) {
  const auto fields = wire::read_selector_fields(body, snapshot.policies->effects().known_names(envelope.resource));
  if (!fields) return false;
  if (snapshot.guard->read_depth(envelope) != ReadDepth::envelope && !snapshot.guard->passes(envelope, *fields))
    return false;
  return snapshot.policies->candidates(envelope, agent, ns, &*fields).empty();
}

Result<Triage> triage_of_agent(const Context& context, const PolicySnapshot& snapshot, Duration steady_now,
                               std::string_view body, const Envelope& envelope, const model::Agent& agent,
                               std::optional<AdmissionRequest> whole) {
  const auto* ns = snapshot.find_namespace(envelope.namespace_name);
  if (auto answer = why_unknown(snapshot, steady_now, envelope, agent, ns)) {
    return policy::is_question(envelope) ? allow_unmatched(envelope) : answer_with(envelope, *answer);
  }
  const auto depth = read_depth(snapshot, envelope, agent, ns);
  if (depth == ReadDepth::envelope || policy::is_question(envelope)) return allow_unmatched(envelope);
  if (depth == ReadDepth::labels && selector_fields_clear(snapshot, envelope, agent, ns, body)) {
    return allow_unmatched(envelope);
  }
  if (!whole) {
    auto review = wire::read_admission(body);
    if (!review) return fail(review.error());
    whole = std::move(*review);
  }
  auto plan = take_plan(*whole);
  auto result = Judge(context, snapshot, envelope, agent, ns, {}).judge(std::move(*whole));
  result.plan = std::move(plan);
  return result;
}

Result<Triage> triage_envelope(const Context& context, const PolicySnapshot& snapshot, Duration steady_now,
                               std::string_view body, const Envelope& envelope, std::optional<AdmissionRequest> whole) {
  const auto* agent = find_agent(context.agents, envelope.user);
  if (agent == nullptr) {
    return answer_with(
        envelope, refuse(Code::unknown_agent,
                         wire::clip(envelope.user.username, kLongestTold) +
                             " is an agent in the cluster's webhook configuration, and not in this replica's: their "
                             "lists of agents differ. Tell the people who run Sallyport to restart it."));
  }
  auto result = triage_of_agent(context, snapshot, steady_now, body, envelope, *agent, std::move(whole));
  if (result) result->agent = agent;
  return result;
}

}  // namespace

Result<Triage> triage(const Context& context, const PolicySnapshot& snapshot, Duration steady_now,
                      std::string_view body) {
  const auto envelope = wire::read_envelope(body);
  if (envelope) return triage_envelope(context, snapshot, steady_now, body, *envelope, std::nullopt);
  // Perhaps it only writes its fields in another order than the API server does.
  auto review = wire::read_admission(body);
  if (!review) return fail(review.error());
  const Envelope head = *review;
  return triage_envelope(context, snapshot, steady_now, body, head, std::move(*review));
}

Triage resume(const Context& context, Triage triage, policy::GuardReads reads) {
  const auto& snapshot = *triage.matched;
  auto& request = *triage.request;
  const auto* ns = snapshot.find_namespace(request.namespace_name);
  auto resumed = Judge(context, snapshot, request, *triage.agent, ns, std::move(reads), std::move(triage.effects))
                     .judge(std::move(request));
  resumed.matched = std::move(triage.matched);
  resumed.plan = std::move(triage.plan);
  return resumed;
}

std::optional<model::Resource> parent_to_read(const AdmissionRequest& request) {
  auto parent = request.resource;
  // A Binding is made beside its pod, and named like it.
  const bool is_binding = parent.group.empty() && parent.resource == "bindings";
  if (parent.subresource.empty() && !is_binding) return std::nullopt;
  if (!request.old_object["metadata"]["uid"].text().empty()) return std::nullopt;
  if (is_binding) parent.resource = "pods";
  parent.subresource.clear();
  return parent;
}

Asked ask_of(const Context& context, Triage triage, Parent parent) {
  const auto& snapshot = *triage.matched;
  const auto& request = *triage.request;
  auto& terms = triage.terms;
  const auto* ns = snapshot.find_namespace(request.namespace_name);
  const effects::ReadOnce write(snapshot.policies->effects(), request, std::move(triage.effects));
  policy::Weigher weigher(write);
  const action::DescribeContext describe{
      .cluster_id = context.cluster_id,
      .namespace_uid = ns != nullptr ? ns->uid : "",
      .hash_key = context.hash_key,
      .ignored_fields = terms.ignored.paths,
      .ignore_builtin = terms.ignored.restarted_at && terms.ignored.last_applied,
      .changed_fields = terms.changed_fields.value_or(std::vector<json::PathPattern>{}),
      .pod = std::move(parent.pod),
      .parent_uid = std::move(parent.uid),
      .effects = write.effects(),
      .guarded = std::move(triage.guarded),
      .weigh = std::ref(weigher),
  };
  auto described = action::describe(request, describe);

  engine::Ask ask{.requester = {request.user, triage.agent->name},
                  .action = std::move(described.record),
                  .digests = std::move(described.digests),
                  .reason = std::move(described.reason),
                  .terms = std::move(terms),
                  .facts = policy::write_facts(policy::facts_of(write, ns)),
                  .basis = policy::basis_of(write, *triage.agent, *snapshot.policies, ns)};
  if (!triage.plan.id.empty() && !triage.is_hopeless) {
    ask.plan = std::move(triage.plan.id);
    ask.reason = std::move(triage.plan.reason);
  }
  engine::AdmissionCall call;
  call.uid = request.uid;
  call.caller_proven = !context.client_names.empty();
  call.retries_429 = sends_again(*triage.agent, request);
  call.is_collection = request.operation == model::Operation::del && request.name.empty();
  call.dry_run = request.dry_run;
  call.shows_secret = triage.shows_secret;
  call.generation = described.generation;
  call.beyond_metadata = described.beyond_metadata;
  return {std::move(ask), std::move(call)};
}

}  // namespace sallyport::admission
