#include "policy/validate.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <string_view>
#include <utility>

#include "model/admission.hpp"
#include "policy/evaluate.hpp"
#include "policy/rules.hpp"

namespace sallyport::policy {
namespace {

using model::PolicySpec;
using Problems = std::vector<std::string>;

std::string at(const std::string& place, std::size_t index) {
  return place + "[" + std::to_string(index) + "]";
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

bool is_resource(std::string_view text) {
  const auto slashes = std::ranges::count(text, '/');
  const auto [resource, subresource] = split_resource(text);
  const auto word = [](std::string_view part) { return part == "*" || is_name(part); };
  return slashes <= 1 && word(resource) && (slashes == 0 || word(subresource));
}

// Called only by CONNECT: a rule that names them with other operations never matches, which nobody would notice.
bool is_connect_only(std::string_view resource) {
  constexpr std::array<std::string_view, 4> kSubresources = {"exec", "attach", "portforward", "proxy"};
  const auto found = std::ranges::find(kSubresources, split_resource(resource).subresource);
  return found != kSubresources.end();
}

void check_rule(const model::ResourceRule& rule, const std::string& place, Problems& problems) {
  if (rule.api_groups.empty() || rule.api_versions.empty() || rule.operations.empty() || rule.resources.empty()) {
    problems.push_back(place +
                       " needs apiGroups, apiVersions, operations and resources, each with at least one entry.");
  }
  for (const auto& operation : rule.operations) {
    if (operation == "*" || model::parse_operation(operation)) continue;
    problems.push_back(place + ".operations: \"" + operation +
                       "\" is no operation; they are CREATE, UPDATE, DELETE, CONNECT and *.");
  }
  for (const auto& resource : rule.resources) {
    if (!is_resource(resource)) {
      problems.push_back(place + ".resources: \"" + resource +
                         "\" is no resource; write the plural in lower case, such as deployments, pods/exec, */scale.");
    } else if (is_connect_only(resource) && !covers(rule, model::Operation::connect)) {
      problems.push_back(place + ".resources: " + resource + " is only ever called with operation CONNECT.");
    }
  }
}

void check_rules(const Rules& rules, const std::string& place, Problems& problems) {
  for (std::size_t i = 0; i < rules.size(); ++i) check_rule(rules[i], at(place, i), problems);
}

void check_selector(const model::Selector& selector, const std::string& place, Problems& problems) {
  using Operator = model::LabelRequirement::Operator;
  for (const auto& requirement : selector.requirements) {
    const bool needs_values = requirement.op == Operator::in || requirement.op == Operator::not_in;
    if (requirement.key.empty()) problems.push_back(place + " has a requirement without a key.");
    if (needs_values == requirement.values.empty()) {
      problems.push_back(place + ": the requirement on \"" + requirement.key + "\" " +
                         (needs_values ? "needs values." : "may have no values."));
    }
  }
}

void check_actions(const PolicySpec& spec, Problems& problems) {
  if (spec.actions.empty())
    problems.emplace_back("spec.actions is empty: name at least one preset, effects or resourceRules.");
  for (std::size_t i = 0; i < spec.actions.size(); ++i) {
    const auto& action = spec.actions[i];
    const auto place = at("spec.actions", i);
    if (int{action.preset.has_value()} + int{!action.effects.empty()} + int{!action.rules.empty()} != 1) {
      problems.push_back(place + " needs one of preset, effects and resourceRules.");
    }
    if (action.effects.has_any_of({model::Effect::own, model::Effect::speaks})) {
      problems.push_back(place +
                         ": the built-in guard refuses what has the effects Own and Speaks; no policy can ask for it.");
    }
    // A preset spans kinds whose fields have other paths: the ones given would silently leave most of them out.
    const auto has_updates = [](const auto& rule) { return covers(rule, model::Operation::update); };
    if (action.rules.empty() && !action.changed_fields.empty()) {
      problems.push_back(place +
                         ": changedFields goes with resourceRules; presets and effects say which changes they cover.");
    } else if (!action.changed_fields.empty() && std::ranges::none_of(action.rules, has_updates)) {
      problems.push_back(place + ": changedFields says which updates are meant, but no rule has operation UPDATE.");
    }
    check_rules(action.rules, place + ".resourceRules", problems);
    check_selector(action.object_selector, place + ".objectSelector", problems);
  }
}

void check_subjects(const PolicySpec& spec, Problems& problems) {
  for (std::size_t i = 0; i < spec.subjects.size(); ++i) {
    const auto& subject = spec.subjects[i];
    const auto place = at("spec.subjects", i);
    if (subject.name.empty()) problems.push_back(place + ".name is empty.");
    if ((subject.kind == model::Subject::Kind::service_account) == subject.namespace_name.empty()) {
      problems.push_back(place + ": a ServiceAccount needs a namespace, and nothing else has one.");
    }
  }
}

// What a write is about: ignoring it would let something else run than was approved. Each stands for all that is below
// it.
const std::array<json::Path, 11>& never_ignored() {
  static const std::array<json::Path, 11> kPaths = [] {
    const json::Path root;
    const auto spec = root / "spec";
    return std::array{spec / "template" / "spec", spec / "jobTemplate" / "spec" / "template" / "spec",
                      root / "template" / "spec", root / "rules",
                      root / "aggregationRule",   root / "subjects",
                      root / "roleRef",           root / "data",
                      root / "stringData",        root / "binaryData",
                      root / "webhooks"};
  }();
  return kPaths;
}

bool reaches_pods(const PolicySpec& spec) {
  return std::ranges::any_of(spec.actions, [](const auto& action) {
    return action.rules.empty() || std::ranges::any_of(action.rules, [](const auto& rule) {
             return covers(rule, {"", "v1", "pods", ""}) || covers(rule, {"", "v1", "pods", "ephemeralcontainers"}) ||
                    covers(rule, {"", "v1", "pods", "resize"});
           });
  });
}

void check_ignored_fields(const PolicySpec& spec, Problems& problems) {
  if (!spec.ignored_fields) return;
  const auto pod_spec = json::Path() / "spec";
  for (const auto& pattern : *spec.ignored_fields) {
    const bool content = std::ranges::any_of(never_ignored(), [&](const auto& path) { return pattern.touches(path); });
    if (content || (reaches_pods(spec) && pattern.touches(pod_spec))) {
      problems.push_back(
          "spec.ignoredFields: " + pattern.text() +
          " may not be ignored: a pod's or a template's spec, rules, subjects, roleRef, data and webhooks "
          "are what is approved.");
    }
  }
}

// Can all requirements be met at once, if everybody who is named says yes? Not to be known where a group is named.
bool enough_people(const std::vector<model::Requirement>& requirements) {
  model::PolicyCopy only_users;
  std::set<std::string> names;
  for (const auto& requirement : requirements) {
    const auto is_user = [](const auto& approver) { return approver.kind == model::Approver::Kind::user; };
    if (!std::ranges::all_of(requirement.approvers, is_user)) continue;
    only_users.approval.requirements.push_back(requirement);
    for (const auto& approver : requirement.approvers) names.insert(approver.name);
  }
  if (only_users.approval.requirements.empty()) return true;
  std::vector<model::Review> reviews;
  for (const auto& name : names) {
    model::User user;
    user.username = name;
    model::Review review;
    review.reviewer = name;
    review.verdict = model::Verdict::approve;
    review.satisfies = satisfies({only_users}, user);
    reviews.push_back(std::move(review));
  }
  return evaluate({only_users}, reviews).outcome == Outcome::approved;
}

void check_requirement(const model::Requirement& requirement, const std::string& place, Problems& problems) {
  if (!is_name(requirement.name)) problems.push_back(place + ".name must be a word in lower case, such as owner.");
  if (requirement.count == 0) problems.push_back(place + ".count is 0: at least one person must approve.");
  if (requirement.approvers.empty()) problems.push_back(place + ".approvers is empty: nobody could approve.");
  for (const auto& approver : requirement.approvers) {
    if (approver.name.empty()) problems.push_back(place + ".approvers has an entry without a name.");
    if (approver.kind == model::Approver::Kind::user && approver.name.starts_with("system:")) {
      problems.push_back(place + ".approvers: " + approver.name + " is no person, and cannot review.");
    }
  }
}

void check_approval(const PolicySpec& spec, Problems& problems) {
  const auto& approval = spec.approval;
  const std::string place = "spec.approval.requirements";
  if (approval.requirements.empty()) problems.push_back(place + " is empty: nobody could approve.");
  std::set<std::string_view> names;
  const auto before = problems.size();
  for (std::size_t i = 0; i < approval.requirements.size(); ++i) {
    const auto& requirement = approval.requirements[i];
    check_requirement(requirement, at(place, i), problems);
    if (!names.insert(requirement.name).second) {
      problems.push_back(place + " has two requirements of the name \"" + requirement.name + "\".");
    }
  }
  if (problems.size() == before && !enough_people(approval.requirements)) {
    problems.push_back(place + " can never all be met: too few people are named, and one person counts once.");
  }
  if (approval.uses == 0) problems.emplace_back("spec.approval.uses is 0: an approval would allow nothing.");
}

void check_time(Duration time, Duration most, std::string_view place, std::string_view limit, Problems& problems) {
  if (time > Duration::zero() && time <= most) return;
  problems.push_back(std::string(place) + " must be more than zero and at most " + std::string(limit) + ".");
}

void check_times(const PolicySpec& spec, Problems& problems) {
  using std::chrono::hours;
  check_time(spec.approval.pending_timeout, hours(168), "spec.approval.pendingTimeout", "168h", problems);
  check_time(spec.approval.valid_for, hours(24), "spec.approval.validFor", "24h", problems);
  check_time(spec.wait_for, std::chrono::minutes(5), "spec.waitFor", "5m", problems);
  if (spec.hold_for) check_time(*spec.hold_for, std::chrono::seconds(28), "spec.holdFor", "28s", problems);
}

// "spec.actions[0]" of a sentence that begins with it.
std::string_view place_of(std::string_view fault) {
  return fault.substr(0, fault.find_first_of(" :"));
}

bool is_in(std::string_view place, std::string_view other) {
  return place == other || (place.starts_with(other) && (place[other.size()] == '.' || place[other.size()] == '['));
}

}  // namespace

std::vector<std::string> validate(const PolicySpec& spec) {
  Problems problems;
  check_subjects(spec, problems);
  check_actions(spec, problems);
  check_rules(spec.except, "spec.except", problems);
  check_ignored_fields(spec, problems);
  check_approval(spec, problems);
  check_times(spec, problems);
  check_selector(spec.namespace_selector, "spec.namespaceSelector", problems);
  return problems;
}

void add_faults(model::Policy& policy) {
  const auto unread = policy.faults;
  for (auto& problem : validate(policy.spec)) {
    const auto place = place_of(problem);
    const bool follows = std::ranges::any_of(
        unread, [place](const auto& fault) { return is_in(place_of(fault), place) || is_in(place, place_of(fault)); });
    if (!follows) policy.faults.push_back(std::move(problem));
  }
}

std::vector<std::string> find_deprecated(const PolicySpec& spec) {
  if (!spec.hold_for) return {};
  return {
      "spec.holdFor is deprecated, and v1beta1 will not have it: it bounds one call of a command, which is sent again "
      "by itself. Write waitFor, the whole wait of a command, and take holdFor out. Earlier versions stored "
      "28s where nothing was written: setting holdFor to null removes it."};
}

}  // namespace sallyport::policy
