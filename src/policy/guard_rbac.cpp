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
  if (!cluster_wide) return std::nullopt;  // what follows is cluster-scoped: a Role can not reach it
  if (has_or_any(rule["apiGroups"], "") && names_resource(rule, "nodes", "proxy")) return "it grants nodes/proxy";
  if (has(rule["apiGroups"], "admissionregistration.k8s.io") ||
      (has(rule["apiGroups"], "*") && has(rule["resources"], "*"))) {
    if (!writing_verb(rule).empty()) return "it grants writing to admissionregistration.k8s.io";
  }
  return std::nullopt;
}

// Whom a subject of a binding names: whichever of the two ways to name a service account was taken.
struct Account {
  std::string namespace_name;
  std::string name;
};
std::optional<Account> account_of(const Value& subject, const AdmissionRequest& request) {
  if (subject["kind"].text() == "ServiceAccount") {
    const auto ns = subject["namespace"].text();
    return Account{std::string(ns.empty() ? request.namespace_name : ns), std::string(subject["name"].text())};
  }
  const auto account = model::service_account(subject["name"].text());
  if (subject["kind"].text() != "User" || account.name.empty()) return std::nullopt;
  return Account{std::string(account.namespace_name), std::string(account.name)};
}

bool is_own_subject(const GuardSettings& settings, const Value& subject, const AdmissionRequest& request) {
  if (const auto account = account_of(subject, request)) {
    return account->namespace_name == settings.own_namespace && account->name == settings.own_name;
  }
  return subject["kind"].text() == "Group" &&
         subject["name"].text() == "system:serviceaccounts:" + settings.own_namespace;
}

Why other_subject(const GuardSettings& settings, const Value& subject, const AdmissionRequest& request) {
  if (const auto account = account_of(subject, request)) {
    if (is_agent_account(settings, account->namespace_name, account->name)) return std::nullopt;
    return "it names service account " + account->namespace_name + "/" + account->name + ", which is no agent";
  }
  const std::string name(subject["name"].text());
  constexpr std::string_view kAccountsOf = "system:serviceaccounts:";
  if (name.starts_with(kAccountsOf) &&
      are_agent_accounts(settings, std::string_view(name).substr(kAccountsOf.size()))) {
    return std::nullopt;
  }
  // These hold service accounts, or whoever gives no name at all.
  const bool broad = name.starts_with("system:serviceaccounts") || name == "system:authenticated" ||
                     name == "system:unauthenticated" || name == "system:anonymous";
  if (!broad) return std::nullopt;
  return "it names " + name + ", which holds more than agents";
}

bool is_binding(const AdmissionRequest& request) {
  return request.resource.resource == "rolebindings" || request.resource.resource == "clusterrolebindings";
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
    if (is_own_subject(settings, subject, request)) return "it names Sallyport's own account";
  }
  return std::nullopt;
}

Why gives_identity(const GuardSettings& settings, const AdmissionRequest& request, const Value& object) {
  if (is_binding(request)) {
    for (const auto& subject : object["subjects"].items()) {
      if (auto why = other_subject(settings, subject, request)) return why;
    }
    return std::nullopt;
  }
  // What it will grant is written elsewhere, by whoever labels a role.
  if (object["aggregationRule"].is_object()) return "it takes its rules from other roles (aggregationRule)";
  for (const auto& rule : object["rules"].items()) {
    if (auto why = rule_gives_identity(rule, request.resource.resource == "clusterroles")) return why;
  }
  return std::nullopt;
}

}  // namespace sallyport::policy
