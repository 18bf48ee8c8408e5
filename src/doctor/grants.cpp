#include "doctor/grants.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace sallyport::doctor {
namespace {

using json::Value;

// The others of the rights' resources have no namespace, so that a RoleBinding gives none of them.
constexpr auto kNamespaced =
    std::to_array<std::string_view>({"secrets", "serviceaccounts", "pods", "roles", "approvalpolicies", "applications",
                                     "kustomizations", "helmreleases", "gitrepositories", "deployments", "cronjobs"});

bool has(const Value& list, std::string_view word) {
  return std::ranges::any_of(list.items(), [&](const Value& item) { return item.text() == word; });
}

// As RBAC reads a rule, but for its names.
std::vector<std::string> verbs_given(const Value& rule, const kube::Right& right) {
  const auto resource = right.subresource.empty() ? right.resource : right.resource + "/" + right.subresource;
  const bool part = !right.subresource.empty() && has(rule["resources"], "*/" + right.subresource);
  if (!has(rule["apiGroups"], right.group) && !has(rule["apiGroups"], "*")) return {};
  if (!has(rule["resources"], resource) && !has(rule["resources"], "*") && !part) return {};
  std::vector<std::string> verbs;
  for (const auto& verb : right.verbs) {
    if (has(rule["verbs"], verb) || has(rule["verbs"], "*")) verbs.push_back(verb);
  }
  return verbs;
}

const Value& rules_of(const Value& binding, const RbacObjects& objects) {
  static const Value kNone;
  const auto& role = binding["roleRef"];
  const bool of_cluster = role["kind"].text() == "ClusterRole";
  const auto where = of_cluster ? std::string_view() : binding["metadata"]["namespace"].text();
  for (const auto& each : (of_cluster ? objects.cluster_roles : objects.roles)["items"].items()) {
    const auto& metadata = each["metadata"];
    if (metadata["name"] == role["name"] && metadata["namespace"].text() == where) return each["rules"];
  }
  return kNone;
}

// Who of the agent's identities it is; of a listed namespace the very account.
std::optional<model::User> holder(const Value& subject, std::string_view namespace_of_binding,
                                  const model::Agent& agent, const std::vector<model::User>& identities) {
  const auto kind = subject["kind"].text();
  std::string name(subject["name"].text());
  if (kind == "ServiceAccount") {
    const auto given = subject["namespace"].text();
    const std::string where(given.empty() ? namespace_of_binding : given);
    name = "system:serviceaccount:" + where + ":" + name;
    if (std::ranges::find(agent.namespaces, where) != agent.namespaces.end()) {
      model::User account;
      account.username = name;
      account.groups = {"system:serviceaccounts", "system:serviceaccounts:" + where, "system:authenticated"};
      return account;
    }
  }
  for (const auto& identity : identities) {
    const bool is_it =
        kind == "Group" ? std::ranges::find(identity.groups, name) != identity.groups.end() : identity.username == name;
    if (is_it) return identity;
  }
  return std::nullopt;
}

struct Binding {
  const Value& object;
  std::string name;  // as kubectl takes it
  std::string where;
};

void suspect(std::vector<Suspicion>& all, const Binding& binding, const model::Agent& agent, const model::User& who,
             const Value& rule, const kube::Right& right) {
  const bool of_cluster = binding.where.empty();
  if (!of_cluster && std::ranges::find(kNamespaced, right.resource) == kNamespaced.end()) return;
  for (const auto& verb : verbs_given(rule, right)) {
    const auto names = rule["resourceNames"].items();
    if (names.empty()) all.push_back({{agent.name, who, &right, verb, "", binding.where}, binding.name});
    for (const auto& name : names) {
      all.push_back({{agent.name, who, &right, verb, std::string(name.text()), binding.where}, binding.name});
    }
  }
}

void look_at(std::vector<Suspicion>& all, const Binding& binding, const model::Agent& agent, const RbacObjects& objects,
             const std::vector<const kube::Right*>& rights) {
  const auto identities = kube::identities_of(agent);
  for (const auto& subject : binding.object["subjects"].items()) {
    const auto who = holder(subject, binding.where, agent, identities);
    if (!who) continue;
    for (const auto& rule : rules_of(binding.object, objects).items()) {
      for (const auto* right : rights) suspect(all, binding, agent, *who, rule, *right);
    }
  }
}

}  // namespace

std::vector<Suspicion> suspicions(const model::Agent& agent, const RbacObjects& objects,
                                  const std::vector<const kube::Right*>& rights) {
  std::vector<Suspicion> all;
  for (const auto& item : objects.cluster_role_bindings["items"].items()) {
    look_at(all, {item, "clusterrolebinding " + std::string(item["metadata"]["name"].text()), ""}, agent, objects,
            rights);
  }
  for (const auto& item : objects.role_bindings["items"].items()) {
    const std::string where(item["metadata"]["namespace"].text());
    look_at(all, {item, "rolebinding " + std::string(item["metadata"]["name"].text()) + " -n " + where, where}, agent,
            objects, rights);
  }
  return all;
}

}  // namespace sallyport::doctor
