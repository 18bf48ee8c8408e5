#include "policy/guard.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "effects/pod_carrier.hpp"
#include "policy/guard_case.hpp"
#include "policy/guard_facts.hpp"
#include "policy/guard_identity.hpp"
#include "policy/guard_rbac.hpp"
#include "policy/guard_reach.hpp"
#include "policy/guard_serving.hpp"
#include "policy/guard_shared.hpp"
#include "policy/match.hpp"
#include "policy/withdrawal.hpp"

namespace sallyport::policy {
namespace {

using model::AdmissionRequest;
using model::Effects;
using model::Envelope;
using model::Operation;
using Case = GuardCase;
using enum GuardFinding::Part;
using enum model::Effect;

Says own_kind(const Case&) {
  return "only people write them";
}

Says own_name(const Case& it) {
  const std::string why = "it belongs to Sallyport";
  if (is_own_name(it.settings, it.request.name)) return why;
  return it.either_side([&](const json::Value& object) -> Why {
    for (const std::string_view key : {"name", "generateName"}) {
      if (is_own_name(it.settings, object["metadata"][key].text())) return why;
    }
    return std::nullopt;
  });
}

Says own_role(const Case& it) {
  if (auto says = own_name(it); says.why) return says;
  return it.either_side([&](const auto& object) { return gives_sallyport(it.settings, it.request, object); });
}

Says policies_inside(const Case& it) {
  const std::string_view name =
      it.request.name.empty() ? it.request.old_object["metadata"]["name"].text() : std::string_view(it.request.name);
  return it.policies.holds_policy(name) ? Why("it holds an ApprovalPolicy, which would go with it") : std::nullopt;
}

constexpr unsigned bit(Operation operation) {
  return 1u << static_cast<unsigned>(operation);
}
constexpr unsigned kCreate = bit(Operation::create);
constexpr unsigned kUpdate = bit(Operation::update);
constexpr unsigned kDelete = bit(Operation::del);
constexpr unsigned kConnect = bit(Operation::connect);
constexpr unsigned kAll = kCreate | kUpdate | kDelete | kConnect;
constexpr Effects kAccount = {runs_code, uses_secret, identity};
constexpr Effects kToken = {issues_token, identity};
constexpr bool kOnlyByCluster = true;

// What stands behind a name of the table.
struct Judge {
  std::string_view name;
  std::string_view rule;
  GuardFinding::Part part;
  unsigned operations;
  Says (*judge)(const Case&);
  Effects covered_by = {};
  bool only_by_cluster = false;
  ReadDepth reads = ReadDepth::whole;  // how much of the review it takes to say that there is nothing against it
};

constexpr auto kJudges = std::to_array<Judge>({
    {"own_kind", "own-kinds", never, kAll, own_kind},
    {"own_name", "own-flow-control", never, kAll, own_name},
    {"own_role", "own-roles", never, kAll, own_role},
    {"own_volume", "own-volumes", never, kAll, touches_volume},
    {"own_limits", "own-limits", never, kAll, limits_sallyport},
    {"own_configuration", "own-configuration", never, kAll, own_name},
    {"takes_api", "own-api", never, kAll, takes_api},
    {"moves_api", "own-api", never, kAll, moves_api},
    {"reorders_calls", "own-flow-control", never, kAll, reorders_calls},
    {"starves_calls", "own-flow-control", never, kAll, starves_calls},
    {"speaks", "own-voice", never, kAll, speaks_for_sallyport},

    {"token", "token", unless_covered, kCreate, takes_token, kToken},
    {"token_secret", "token-secret", unless_covered, kAll, holds_token, kToken},
    {"account", "account", unless_covered, kCreate | kUpdate, runs_as_other, kAccount, false, ReadDepth::labels},
    {"certificate", "certificate", unless_covered, kCreate | kUpdate, asks_certificate, {identity}},
    {"connects", "connects", unless_covered, kConnect | kUpdate, connects_to_other, {connects}},
    {"proxied", "proxy", unless_covered, kConnect, goes_by_proxy, {connects}},
    {"rights", "rights", unless_covered, kCreate | kUpdate, gives_rights, {identity}},
    {"aggregates", "rights", unless_covered, kCreate | kUpdate, gathers_rights, {identity}},
    {"node_reach",
     "node-reach",
     unless_covered,
     kCreate | kUpdate,
     reaches_node,
     {runs_code, shared},
     kOnlyByCluster,
     ReadDepth::labels},
    {"serving", "serving", unless_covered, kAll, changes_serving, {serving}, kOnlyByCluster},
    {"policies_inside", "policies", unless_covered, kDelete, policies_inside, {deletes, shared}},
});

// The shipped table, with the judges that it names found: an installation adds effects, and neither rows of the guard
// nor places of Kubernetes' own.
struct Row {
  std::string_view group;
  std::string_view resource;
  std::string_view part;
  std::vector<const Judge*> judges;
};

const std::vector<Row>& rows() {
  static const auto kRows = [] {
    std::vector<Row> rows;
    for (const auto& guarded : effects::Table::shipped().guarded()) {
      Row row{guarded.group, guarded.resource, guarded.part, {}};
      for (const auto& judge : kJudges) {
        if (std::ranges::find(guarded.judges, judge.name) != guarded.judges.end()) row.judges.push_back(&judge);
      }
      rows.push_back(std::move(row));
    }
    return rows;
  }();
  return kRows;
}

// Whoever updates a part of an object writes the object.
bool is_about(const Row& row, const Envelope& envelope) {
  const auto& resource = envelope.resource;
  if (row.group != resource.group) return false;
  if (row.resource == "*") return true;
  if (row.resource != resource.resource) return false;
  return row.part == resource.subresource || (row.part.empty() && envelope.operation == Operation::update);
}

// Of what carries a pod, only those parts store one that have rows of their own.
bool stores_no_pod(const Row& row, const Envelope& envelope) {
  return row.part != envelope.resource.subresource && effects::carries_pod(envelope.resource);
}

void each_judge(const Envelope& envelope, auto visit) {
  for (const auto& row : rows()) {
    if (!is_about(row, envelope) || stores_no_pod(row, envelope)) continue;
    for (const auto* judge : row.judges) {
      if ((judge->operations & bit(envelope.operation)) != 0) visit(*judge);
    }
  }
}

bool is_unknown_kind(const Envelope& envelope) {
  return !effects::Table::shipped().is_classified(envelope.resource, envelope.operation);
}

std::string effects_to_name(Effects effects) {
  std::string names;
  for (const auto effect : effects.list()) {
    if (effect == own || effect == speaks) continue;  // no policy can name these
    names += (names.empty() ? "" : " or ") + std::string(to_string(effect));
  }
  return names;
}

GuardFinding finding(const Judge& judge, const Envelope& envelope, const std::string& why) {
  auto message = "An agent may not " + std::string(to_string(envelope.operation)) + " " + to_string(envelope.resource);
  if (!envelope.name.empty()) message += " \"" + envelope.name + "\"";
  message += ": " + why + ".";
  if (judge.part == never) {
    message += " No policy can allow it: a person must do it.";
  } else {
    // What stands in no namespace, no ApprovalPolicy covers.
    const bool by_cluster = judge.only_by_cluster || envelope.namespace_name.empty();
    message += by_cluster ? " Where a ClusterApprovalPolicy" : " Where an ApprovalPolicy";
    message += " with enforcement Enforce covers it (effect " + effects_to_name(judge.covered_by) +
               "), people are asked instead; until then, a person must do it.";
  }
  return {judge.part, std::string(judge.rule), std::move(message), judge.covered_by, judge.only_by_cluster};
}

constexpr Judge kOwnNamespace{"", "own-namespace", never, kAll, own_kind};
constexpr Judge kUnclassified{"", "unclassified", unless_covered, kAll, own_kind, Effects::all(), kOnlyByCluster};

}  // namespace

ReadDepth Guard::read_depth(const Envelope& envelope) const {
  if (in_own_namespace(settings_, envelope) || is_unknown_kind(envelope)) return ReadDepth::whole;
  auto most = ReadDepth::envelope;
  const bool at_a_glance = effects::shows_pod_at_a_glance(envelope.resource);
  each_judge(envelope, [&](const Judge& judge) { most = either(most, at_a_glance ? judge.reads : ReadDepth::whole); });
  return most;
}

bool Guard::passes(const Envelope& envelope, const model::SelectorFields& fields) const {
  if (read_depth(envelope) == ReadDepth::whole || fields.beyond_baseline) return false;
  return std::ranges::all_of(fields.service_accounts,
                             [&](const auto& name) { return may_run_as(settings_, envelope.namespace_name, name); });
}

GuardVerdict Guard::judge(const effects::ReadOnce& write, const PolicyIndex& policies, const GuardReads& reads) const {
  const auto& request = write.request();
  GuardVerdict verdict;
  auto& findings = verdict.findings;
  if (is_withdrawal(request)) return verdict;  // whether it is theirs to withdraw, the requests webhook says
  if (in_own_namespace(settings_, request)) {
    findings.push_back(finding(kOwnNamespace, request, "namespace " + settings_.own_namespace + " is Sallyport's own"));
    return verdict;
  }
  const Case it{settings_, volumes_.get(), request, policies, reads};
  bool is_judged = is_unknown_kind(request);
  each_judge(request, [&](const Judge& judge) {
    is_judged = true;
    auto says = judge.judge(it);
    if (says.why) findings.push_back(finding(judge, request, *says.why));
    if (says.question) verdict.question = std::move(says.question);
  });
  if (!is_judged) return verdict;
  if (const auto& field = write.read().unclassified; !field.empty()) {
    findings.push_back(finding(kUnclassified, request, field + " is newer than this Sallyport, so it may do anything"));
  }
  // Nothing new comes of what changes nothing.
  const auto is_second = [](const GuardFinding& found) { return found.part == unless_covered; };
  if (std::ranges::any_of(findings, is_second) && changes_nothing(request)) std::erase_if(findings, is_second);
  return verdict;
}

}  // namespace sallyport::policy
