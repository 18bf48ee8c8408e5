#include "kube/role_holders.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "kube/paths.hpp"
#include "wire/policy.hpp"

namespace sallyport::kube {
namespace {

using json::Value;
using model::RoleHolder;

constexpr std::chrono::seconds kWithin{2};

std::vector<model::SelectorFields::Label> labels_of(const Value& role) {
  std::vector<model::SelectorFields::Label> labels;
  for (const auto& label : role["metadata"]["labels"].members()) {
    labels.push_back({label.key, std::string(label.value.text())});
  }
  return labels;
}

// A selector that this version cannot read is taken for one that gathers everything.
bool gathers(const Value& role, const std::vector<model::SelectorFields::Label>& labels) {
  return std::ranges::any_of(role["aggregationRule"]["clusterRoleSelectors"].items(), [&](const Value& written) {
    const auto selector = wire::read_selector(written);
    return !selector || selects(*selector, labels);
  });
}

RoleHolder holder_of(const Value& subject, std::string_view namespace_of_binding) {
  RoleHolder holder{.kind = std::string(subject["kind"].text()),
                    .namespace_name = std::string(subject["namespace"].text()),
                    .name = std::string(subject["name"].text())};
  if (holder.kind == "ServiceAccount" && holder.namespace_name.empty()) holder.namespace_name = namespace_of_binding;
  return holder;
}

void merge(std::vector<RoleHolder>& into, std::vector<RoleHolder> more) {
  for (auto& holder : more) {
    if (std::ranges::find(into, holder) == into.end()) into.push_back(std::move(holder));
  }
}

Awaitable<Value> read_all(Api& api, std::string path) {
  auto call = get(path);
  call.within = kWithin;
  call.unread = "managedFields";
  auto list = co_await api.send(std::move(call));
  if (!list) co_return fail(list.error().while_doing("reading " + path));
  co_return std::move(*list);
}

}  // namespace

std::set<std::string> names_with_rules_of(const model::RoleName& role, const Value& cluster_roles) {
  std::set<std::string> names = {role.name};
  std::vector<std::vector<model::SelectorFields::Label>> gathered = {role.labels};
  while (!gathered.empty()) {
    const auto labels = std::move(gathered.back());
    gathered.pop_back();
    for (const auto& each : cluster_roles["items"].items()) {
      if (!gathers(each, labels)) continue;
      if (names.emplace(each["metadata"]["name"].text()).second) gathered.push_back(labels_of(each));
    }
  }
  return names;
}

std::vector<RoleHolder> holders_in(const Value& bindings, std::string_view kind, const std::set<std::string>& names) {
  std::vector<RoleHolder> holders;
  for (const auto& binding : bindings["items"].items()) {
    const auto& role = binding["roleRef"];
    if (role["kind"].text() != kind || !names.contains(std::string(role["name"].text()))) continue;
    std::vector<RoleHolder> of_binding;
    for (const auto& subject : binding["subjects"].items()) {
      of_binding.push_back(holder_of(subject, binding["metadata"]["namespace"].text()));
    }
    merge(holders, std::move(of_binding));
  }
  return holders;
}

Awaitable<std::vector<RoleHolder>> read_role_holders(Api& api, model::RoleName role) {
  const auto bindings = co_await read_all(api, path_of(kRoleBindings, role.namespace_name));
  if (!bindings) co_return fail(bindings.error());
  if (!role.namespace_name.empty()) co_return holders_in(*bindings, "Role", {role.name});

  const auto roles = co_await read_all(api, path_of(kClusterRoles));
  if (!roles) co_return fail(roles.error());
  const auto cluster_bindings = co_await read_all(api, path_of(kClusterRoleBindings));
  if (!cluster_bindings) co_return fail(cluster_bindings.error());
  const auto names = names_with_rules_of(role, *roles);
  auto holders = holders_in(*bindings, "ClusterRole", names);
  merge(holders, holders_in(*cluster_bindings, "ClusterRole", names));
  co_return holders;
}

}  // namespace sallyport::kube
