#include "policy/guard_rbac.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "policy/guard_facts.hpp"
#include "policy/rules.hpp"

namespace sallyport::policy {
namespace {

using json::Value;
using model::AdmissionRequest;
using Why = std::optional<std::string>;

constexpr std::array<std::string_view, 3> kOwnKinds = {"approvalrequests", "approvalpolicies",
                                                       "clusterapprovalpolicies"};

bool has(const Value& list, std::string_view text) {
  return std::ranges::any_of(list.items(), [&](const auto& item) { return item.text() == text; });
}

bool has_or_any(const Value& list, std::string_view text) {
  return has(list, "*") || has(list, text);
}

bool is_read(std::string_view verb) {
  return verb == "get" || verb == "list" || verb == "watch";
}

// A verb of the rule that is more than reading, "" if there is none.
std::string_view writing_verb(const Value& rule) {
  for (const auto& verb : rule["verbs"].items()) {
    if (!is_read(verb.text())) return verb.text();
  }
  return "";
}

// RBAC's own reading: "*" is every resource and subresource, "*/proxy" that subresource of each.
bool names_resource(const Value& rule, std::string_view resource, std::string_view subresource) {
  return std::ranges::any_of(rule["resources"].items(), [&](const auto& item) {
    const auto pattern = split_resource(item.text());
    if (item.text() == "*") return true;
    return (pattern.resource == "*" || pattern.resource == resource) && pattern.subresource == subresource;
  });
}

bool names_own_kind(const Value& rule) {
  if (has(rule["apiGroups"], kOwnGroup)) return true;
  if (!has(rule["apiGroups"], "*")) return false;
  return std::ranges::any_of(rule["resources"].items(), [](const auto& item) {
    const auto resource = split_resource(item.text()).resource;
    return resource == "*" || std::ranges::find(kOwnKinds, resource) != kOwnKinds.end();
  });
}

bool names_own_account(const GuardSettings& settings, const Value& rule) {
  if (!has_or_any(rule["apiGroups"], "") || !has(rule["resourceNames"], settings.own_name)) return false;
  return names_resource(rule, "serviceaccounts", "") || names_resource(rule, "serviceaccounts", "token");
}

Why rule_gives_sallyport(const GuardSettings& settings, const Value& rule) {
  const auto verb = writing_verb(rule);
  if (!verb.empty() && names_own_kind(rule)) return "it grants " + std::string(verb) + " on Sallyport's own kinds";
  if (!verb.empty() && names_own_account(settings, rule)) return "it grants rights on Sallyport's own account";
  return std::nullopt;
}

// Verbs that make somebody else of their holder, said outright or by "*" on what they work on.
Why becomes_somebody(const Value& rule) {
  for (const auto& verb : rule["verbs"].items()) {
    const auto text = verb.text();
    if (text == "bind" || text == "escalate" || text.starts_with("impersonate"))
      return "it grants " + std::string(text);
  }
  if (!has(rule["verbs"], "*")) return std::nullopt;
  for (const std::string_view resource : {"roles", "clusterroles"}) {
    if (has_or_any(rule["apiGroups"], kRbacGroup) && names_resource(rule, resource, "")) {
      return "it grants bind and escalate by \"*\" on " + std::string(resource);
    }
  }
  const bool people = has_or_any(rule["apiGroups"], "") || has(rule["apiGroups"], "authentication.k8s.io");
  for (const std::string_view resource : {"users", "groups", "serviceaccounts", "uids"}) {
    if (people && names_resource(rule, resource, "")) {
      return "it grants impersonate by \"*\" on " + std::string(resource);
    }
  }
  return std::nullopt;
}

Why rule_gives_identity(const Value& rule, bool cluster_wide) {
  if (auto why = becomes_somebody(rule)) return why;
  if (!cluster_wide) return std::nullopt;  // what follows is cluster-scoped: a Role cannot reach it
  if (has_or_any(rule["apiGroups"], "") && names_resource(rule, "nodes", "proxy")) return "it grants nodes/proxy";
  if (has(rule["apiGroups"], "admissionregistration.k8s.io") ||
      (has(rule["apiGroups"], "*") && has(rule["resources"], "*"))) {
    if (!writing_verb(rule).empty()) return "it grants writing to admissionregistration.k8s.io";
  }
  return std::nullopt;
}

// Whichever of the two ways to name a service account was taken.
model::RoleHolder holder_of(const Value& subject, const AdmissionRequest& request) {
  const std::string kind(subject["kind"].text()), name(subject["name"].text());
  if (kind == "ServiceAccount") {
    const auto ns = subject["namespace"].text();
    return {kind, std::string(ns.empty() ? request.namespace_name : ns), name};
  }
  const auto account = model::service_account(name);
  if (kind != "User" || account.name.empty()) return {kind, "", name};
  return {"ServiceAccount", std::string(account.namespace_name), std::string(account.name)};
}

bool is_own(const GuardSettings& settings, const model::RoleHolder& holder) {
  if (holder.kind == "ServiceAccount") {
    return holder.namespace_name == settings.own_namespace && holder.name == settings.own_name;
  }
  return holder.kind == "Group" && holder.name == "system:serviceaccounts:" + settings.own_namespace;
}

std::string in_words(const model::RoleHolder& holder) {
  if (holder.kind == "ServiceAccount") return "service account " + holder.namespace_name + "/" + holder.name;
  // Whoever gives no name, or any name at all.
  if (holder.name.starts_with("system:")) return holder.name;
  return lower(holder.kind) + " " + holder.name;
}

bool is_binding(const AdmissionRequest& request) {
  return request.resource.resource == "rolebindings" || request.resource.resource == "clusterrolebindings";
}

bool is_cluster_role(const AdmissionRequest& request) {
  return request.resource.resource == "clusterroles";
}

// Those of one list that were not in another, word for word.
std::vector<const Value*> added(const Value& before, const Value& after) {
  std::vector<const Value*> items;
  for (const auto& item : after.items()) {
    if (std::ranges::find(before.items(), item) == before.items().end()) items.push_back(&item);
  }
  return items;
}

// By its labels other roles gather the rules of a ClusterRole: with new ones, all that it holds is new to somebody.
bool is_labelled_anew(const AdmissionRequest& request) {
  if (!is_cluster_role(request)) return false;
  const auto& before = request.old_object["metadata"]["labels"];
  return std::ranges::any_of(request.object["metadata"]["labels"].members(), [&](const auto& label) {
    const auto* old = before.find(label.key);
    return old == nullptr || !(*old == label.value);
  });
}

std::vector<const Value*> added_rules(const AdmissionRequest& request) {
  static const Value kNone;
  const auto& before = is_labelled_anew(request) ? kNone : request.old_object["rules"];
  auto rules = added(before, request.object["rules"]);
  std::erase_if(rules, [](const Value* rule) { return (*rule)["verbs"].items().empty(); });
  return rules;
}

model::RoleName role_of(const AdmissionRequest& request) {
  model::RoleName role{.namespace_name = request.namespace_name,
                       .name = std::string(request.object["metadata"]["name"].text()),
                       .labels = {}};
  if (role.name.empty()) role.name = request.name;
  for (const auto& label : request.object["metadata"]["labels"].members()) {
    role.labels.push_back({label.key, std::string(label.value.text())});
  }
  return role;
}

Says binds_others(const GuardCase& it) {
  for (const auto* subject : added(it.request.old_object["subjects"], it.request.object["subjects"])) {
    const auto holder = holder_of(*subject, it.request);
    if (!is_agents(it.settings, holder)) return "it names " + in_words(holder) + ", which is no agent";
  }
  return std::nullopt;
}

}  // namespace

Why gives_sallyport(const GuardSettings& settings, const AdmissionRequest& request, const Value& object) {
  if (!is_binding(request)) {
    for (const auto& rule : object["rules"].items()) {
      if (auto why = rule_gives_sallyport(settings, rule)) return why;
    }
    return std::nullopt;
  }
  const auto role = object["roleRef"]["name"].text();
  if (is_own_name(settings, role)) return "it binds Sallyport's role " + std::string(role);
  if (role == "cluster-admin") return "it binds cluster-admin, which may approve";
  for (const auto& subject : object["subjects"].items()) {
    if (is_own(settings, holder_of(subject, request))) return "it names Sallyport's own account";
  }
  return std::nullopt;
}

// A binding goes by whom it names, whatever the role holds: that may change. A role goes by what it adds, and by who
// holds it at this moment.
Says gives_rights(const GuardCase& it) {
  if (is_binding(it.request)) return binds_others(it);
  const auto rules = added_rules(it.request);
  for (const auto* rule : rules) {
    if (auto why = rule_gives_identity(*rule, is_cluster_role(it.request))) return why;
  }
  if (rules.empty()) return std::nullopt;
  if (!it.reads.holders) {
    return GuardQuestion{.about = role_of(it.request), .covered_by = {model::Effect::identity}};
  }
  for (const auto& holder : *it.reads.holders) {
    if (!is_agents(it.settings, holder)) return "it is held by " + in_words(holder) + ", which is no agent";
  }
  return std::nullopt;
}

// What it will grant is written elsewhere, by whoever labels a role.
Says gathers_rights(const GuardCase& it) {
  const auto& after = it.request.object["aggregationRule"];
  if (!after.is_object() || after == it.request.old_object["aggregationRule"]) return std::nullopt;
  return "it takes its rules from other roles (aggregationRule)";
}

}  // namespace sallyport::policy
