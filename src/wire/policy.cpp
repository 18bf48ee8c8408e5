#include "wire/policy.hpp"

#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/approval.hpp"
#include "wire/fields.hpp"
#include "wire/names.hpp"

namespace sallyport::wire {
namespace {

using SubjectKind = model::Subject::Kind;
using Operator = model::LabelRequirement::Operator;

constexpr model::Words<4> kOperatorWords = {"In", "NotIn", "Exists", "DoesNotExist"};
static_assert(static_cast<int>(Operator::in) == 0 && static_cast<int>(Operator::does_not_exist) == 3);

// Own and Speaks are the built-in guard's: policy::validate says so of them.
constexpr std::span<const std::string_view> kEffectsToName(model::kEffectWords.data(), model::kEffectWords.size() - 2);
static_assert(kEffectsToName.back() == "Serving");

model::LabelRequirement read_expression(const Fields& expression) {
  expression.allow_only({"key", "operator", "values"});
  return {.key = expression.needed_text("key"),
          .op = expression.needed_word("operator", kOperatorWords, Operator::in),
          .values = expression.texts("values")};
}

model::Selector read_selector(const Fields& selector) {
  selector.allow_only({"matchLabels", "matchExpressions"});
  model::Selector read;
  const Fields labels = selector.object("matchLabels");
  for (const json::Member& label : labels.value().members()) {
    read.requirements.push_back({.key = label.key, .op = Operator::in, .values = {labels.text(label.key)}});
  }
  for (model::LabelRequirement& requirement : selector.list("matchExpressions", read_expression)) {
    read.requirements.push_back(std::move(requirement));
  }
  return read;
}

model::ResourceRule read_rule(const Fields& rule) {
  rule.allow_only({"apiGroups", "apiVersions", "operations", "resources"});
  return {.api_groups = rule.texts("apiGroups"),
          .api_versions = rule.texts("apiVersions"),
          .operations = rule.texts("operations"),
          .resources = rule.texts("resources")};
}

std::vector<json::PathPattern> read_patterns(const Fields& holder, std::string_view key) {
  std::vector<json::PathPattern> patterns;
  for (const std::string& text : holder.texts(key)) {
    if (auto pattern = json::PathPattern::parse(text)) {
      patterns.push_back(std::move(*pattern));
    } else {
      holder.complain(key, pattern.error().message());
    }
  }
  return patterns;
}

model::Effects read_effects(const Fields& action) {
  model::Effects effects;
  for (const std::string& text : action.texts("effects")) {
    if (const auto effect = model::parse_effect(text)) {
      effects |= {*effect};
    } else {
      action.complain("effects", Fields::not_among(text, kEffectsToName));
    }
  }
  return effects;
}

model::PolicyAction read_action(const Fields& action) {
  action.allow_only({"preset", "effects", "resourceRules", "changedFields", "objectSelector"});
  model::PolicyAction read;
  if (action.has("preset")) read.preset = action.word("preset", model::kPresetWords, model::Preset::exec);
  if (int{action.has("preset")} + int{action.has("effects")} + int{action.has("resourceRules")} != 1)
    action.complain("preset", "or effects or resourceRules must be given, and one of them alone");
  read.effects = read_effects(action);
  read.rules = action.list("resourceRules", read_rule);
  read.changed_fields = read_patterns(action, "changedFields");
  read.object_selector = read_selector(action.object("objectSelector"));
  return read;
}

model::Subject read_subject(const Fields& subject) {
  subject.allow_only({"kind", "name", "namespace"});
  return {.kind = subject.needed_word("kind", model::Subject::kKindWords, SubjectKind::user),
          .name = subject.needed_text("name"),
          .namespace_name = subject.text("namespace")};
}

model::PolicySpec read_spec(const Fields& spec, bool for_cluster) {
  spec.allow_only({"enforcement", "subjects", "actions", "except", "ignoredFields", "approval", "whilePending",
                   "waitFor", "holdFor", "dryRun", "message", for_cluster ? "namespaceSelector" : "waitFor"});
  for (const auto* needed : {"actions", "approval"}) {
    if (!spec.has(needed)) spec.complain(needed, "is missing");
  }
  model::PolicySpec read;
  read.enforcement = spec.needed_word("enforcement", model::kEnforcementWords, model::Enforcement::enforce);
  read.actions = spec.list("actions", read_action);
  read.except = spec.list("except", read_rule);
  if (spec.has("ignoredFields")) read.ignored_fields = read_patterns(spec, "ignoredFields");
  read.approval = read_approval(spec.object("approval"));
  read.while_pending = spec.word("whilePending", model::kWhilePendingWords, read.while_pending);
  read.wait_for = spec.duration("waitFor", read.wait_for);
  if (spec.has("holdFor")) read.hold_for = spec.duration("holdFor", read.wait_for);
  read.dry_run = spec.word("dryRun", model::kDryRunWords, read.dry_run);
  read.message = spec.text("message");
  return read;
}

// Whom and where the policy is for. If that cannot be read, the policy refuses everybody, everywhere it may.
void read_scope(const json::Value& spec, model::PolicySpec& into, Fault& invalid) {
  Fault fault;
  const Fields fields(spec, "spec", fault);
  into.subjects = fields.list("subjects", read_subject);
  into.namespace_selector = read_selector(fields.object("namespaceSelector"));
  if (!fault.any()) return;
  into.subjects.clear();
  into.namespace_selector = {};
  invalid.add(fault);
}

void add_condition(json::Value& conditions, std::string_view type, const Condition& condition,
                   std::int64_t observed_generation) {
  if (condition.status.empty()) return;
  json::Value written;
  written.set("type", type);
  written.set("status", condition.status);
  written.set("observedGeneration", observed_generation);
  written.set("lastTransitionTime", format_instant(condition.last_transition));
  written.set("reason", condition.reason);
  written.set("message", condition.message);
  conditions.push(std::move(written));
}

Condition read_condition(const json::Value& condition) {
  return {.status = std::string(condition["status"].text()),
          .reason = std::string(condition["reason"].text()),
          .message = std::string(condition["message"].text()),
          .last_transition = parse_instant(condition["lastTransitionTime"].text()).value_or(Instant{})};
}

}  // namespace

Result<model::Policy> read_policy(const json::Value& object) {
  Fault unreadable;
  const Fields root(object, "", unreadable);
  const Fields metadata = root.object("metadata");
  const std::string kind = root.text("kind");
  const bool for_cluster = kind == kClusterPolicyKind;
  if (!for_cluster && kind != kPolicyKind) root.complain("kind", "must be a policy's");
  if (root.text("apiVersion") != kApiVersion) root.complain("apiVersion", "must be " + std::string(kApiVersion));
  model::Policy policy;
  policy.ref = {.kind = kind,
                .namespace_name = for_cluster ? std::string() : metadata.needed_text("namespace"),
                .name = metadata.needed_text("name"),
                .uid = metadata.text("uid"),
                .generation = metadata.integer("generation", 0, std::numeric_limits<std::int64_t>::max(), 0)};
  if (unreadable.any()) return fail(ErrorCode::bad_input, "reading a policy: " + unreadable.text());

  Fault invalid;
  policy.spec = read_spec(Fields(object["spec"], "spec", invalid), for_cluster);
  read_scope(object["spec"], policy.spec, invalid);
  policy.faults = invalid.all();
  return policy;
}

Result<model::Selector> read_selector(const json::Value& selector) {
  Fault fault;
  auto read = read_selector(Fields(selector, "selector", fault));
  if (fault.any()) return fail(ErrorCode::bad_input, fault.text());
  return read;
}

json::Value write_policy_status(const PolicyStatus& status) {
  json::Value conditions = json::Value::array();
  add_condition(conditions, "Ready", status.ready, status.observed_generation);
  add_condition(conditions, "Protected", status.is_protected, status.observed_generation);
  add_condition(conditions, "GuardEnforced", status.guard, status.observed_generation);
  add_condition(conditions, "Effective", status.effective, status.observed_generation);
  json::Value written;
  written.set("observedGeneration", status.observed_generation);
  written.set("conditions", std::move(conditions));
  json::Value patch;
  patch.set("status", std::move(written));
  return patch;
}

PolicyStatus read_policy_status(const json::Value& object) {
  PolicyStatus status;
  for (const json::Value& condition : object["status"]["conditions"].items()) {
    if (condition["type"].text() == "Ready") {
      status.ready = read_condition(condition);
      status.observed_generation = condition["observedGeneration"].integer().value_or(0);
    } else if (condition["type"].text() == "Protected") {
      status.is_protected = read_condition(condition);
    } else if (condition["type"].text() == "GuardEnforced") {
      status.guard = read_condition(condition);
    } else if (condition["type"].text() == "Effective") {
      status.effective = read_condition(condition);
    }
  }
  return status;
}

}  // namespace sallyport::wire
