#include "policy/guard_shared.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "policy/api_groups.hpp"
#include "policy/guard_facts.hpp"
#include "policy/own_volumes.hpp"

namespace sallyport::policy {
namespace {

using json::Value;

constexpr auto kOwnKinds =
    std::to_array<std::string_view>({"approvalrequest", "approvalpolicy", "clusterapprovalpolicy", "approvalrequests",
                                     "approvalpolicies", "clusterapprovalpolicies"});
// As the chart ships it, and as Kubernetes ships the one by which our own account's calls come.
constexpr std::int64_t kOwnPrecedence = 2000;
constexpr std::int64_t kAccountsPrecedence = 9000;
constexpr std::string_view kAccountsLevel = "workload-low";

bool is_ours(const GuardSettings& settings, const Value& reference) {
  const auto api = reference["apiVersion"].text();
  if (is_own_group(api.substr(0, api.find('/')))) return true;
  if (std::ranges::find(kOwnKinds, lower(reference["kind"].text())) != kOwnKinds.end()) return true;
  const auto ns = reference["namespace"].text();
  if (ns == settings.own_namespace) return true;
  const auto name = reference["name"].text();
  return ns.empty() && (name == settings.own_namespace || is_own_name(settings, name));
}

// People read it as a word, so any spelling counts.
bool names_us(const GuardSettings& settings, std::string_view reporter) {
  return lower(reporter).contains("sallyport") || is_own_name(settings, reporter);
}

model::User own_account(const GuardSettings& settings) {
  model::User user;
  user.username = "system:serviceaccount:" + settings.own_namespace + ":" + settings.own_name;
  user.groups = {"system:serviceaccounts", "system:serviceaccounts:" + settings.own_namespace, "system:authenticated"};
  return user;
}

bool is_one_of(std::string_view wanted, const std::vector<std::string>& all) {
  return std::ranges::find(all, wanted) != all.end();
}

// As the API server matches a FlowSchema's subject: "*" is everybody.
bool matches(const Value& subject, const model::User& user) {
  const auto kind = subject["kind"].text();
  if (kind == "User") {
    const auto name = subject["user"]["name"].text();
    return name == "*" || name == user.username;
  }
  if (kind == "Group") {
    const auto name = subject["group"]["name"].text();
    return name == "*" || is_one_of(name, user.groups);
  }
  const auto account = model::service_account(user.username);
  const Value& named = subject["serviceAccount"];
  return !account.name.empty() && named["namespace"].text() == account.namespace_name &&
         (named["name"].text() == "*" || named["name"].text() == account.name);
}

// Of the agents that are asked about, one may be listed by account, user, group or namespace.
bool matches_agent(const Value& subject, const model::Agent& agent) {
  const auto as = [&](std::string_view username, std::vector<std::string> groups) {
    model::User user;
    user.username = username;
    user.groups = std::move(groups);
    return matches(subject, user);
  };
  const auto of_account = [&](const std::string& ns, const std::string& name) {
    return as("system:serviceaccount:" + ns + ":" + name,
              {"system:serviceaccounts", "system:serviceaccounts:" + ns, "system:authenticated"});
  };
  for (const auto& account : agent.service_accounts) {
    const auto slash = account.find('/');
    if (of_account(account.substr(0, slash), account.substr(slash + 1))) return true;
  }
  for (const auto& ns : agent.namespaces) {
    const bool named =
        subject["kind"].text() == "ServiceAccount" && subject["serviceAccount"]["namespace"].text() == ns;
    const auto user = model::service_account(subject["user"]["name"].text());
    if (named || user.namespace_name == ns || of_account(ns, "default")) return true;
  }
  return std::ranges::any_of(agent.users, [&](const auto& user) { return as(user, {"system:authenticated"}); }) ||
         std::ranges::any_of(agent.groups, [&](const auto& group) { return as("", {group, "system:authenticated"}); });
}

bool any_subject(const Value& schema, const auto& matching) {
  return std::ranges::any_of(schema["spec"]["rules"].items(), [&](const Value& rule) {
    return std::ranges::any_of(rule["subjects"].items(), matching);
  });
}

Why of_schema(const GuardCase& it, const Value& schema) {
  if (!schema.is_object()) return std::nullopt;
  const auto precedence = schema["spec"]["matchingPrecedence"].integer().value_or(1000);  // the API server's default
  const auto ours = own_account(it.settings);
  if (precedence <= kAccountsPrecedence &&
      any_subject(schema, [&](const Value& each) { return matches(each, ours); })) {
    return "it decides how soon Sallyport's own calls are served";
  }
  const auto agents = [&](const Value& subject) {
    return matches(subject, it.request.user) ||
           std::ranges::any_of(it.settings.agents, [&](const auto& agent) { return matches_agent(subject, agent); });
  };
  if (precedence <= kOwnPrecedence && any_subject(schema, agents)) {
    return "it matches agents and comes before Sallyport's own, which bounds their waiting calls";
  }
  return std::nullopt;
}

}  // namespace

Says speaks_for_sallyport(const GuardCase& it) {
  return it.either_side([&](const Value& event) -> Why {
    for (const std::string_view key : {"involvedObject", "regarding", "related"}) {
      if (is_ours(it.settings, event[key])) return "people would read it as Sallyport's word about its own object";
    }
    const std::string_view reporters[] = {
        event["source"]["component"].text(), event["deprecatedSource"]["component"].text(),
        event["reportingController"].text(), event["reportingComponent"].text(), event["reportingInstance"].text()};
    for (const auto reporter : reporters) {
      if (names_us(it.settings, reporter)) return "it names Sallyport as who reports it";
    }
    return std::nullopt;
  });
}

Says limits_sallyport(const GuardCase& it) {
  return it.either_side([](const Value& quota) -> Why {
    // The API server enforces the limits in the status.
    for (const std::string_view part : {"spec", "status"}) {
      for (const auto& [resource, limit] : quota[part]["hard"].members()) {
        const auto dot = resource.find('.');
        if (dot != std::string::npos && is_own_group(std::string_view(resource).substr(dot + 1))) {
          return "it limits how many of Sallyport's objects there may be (" + resource + ")";
        }
      }
    }
    return std::nullopt;
  });
}

Says reorders_calls(const GuardCase& it) {
  return it.either_side([&](const Value& schema) { return of_schema(it, schema); });
}

Says starves_calls(const GuardCase& it) {
  const auto& old_name = it.request.old_object["metadata"]["name"];
  if (it.request.name != kAccountsLevel && old_name.text() != kAccountsLevel) return std::nullopt;
  return "Sallyport's own calls are served from it";
}

Says touches_volume(const GuardCase& it) {
  if (it.volumes == nullptr) return "Sallyport does not know yet which volumes hold its log. Try again in a minute";
  if (it.volumes->is_named(it.request.name)) return "it holds Sallyport's log";
  return it.either_side([&](const Value& object) -> Why {
    if (object["spec"]["claimRef"]["namespace"].text() == it.settings.own_namespace ||
        it.volumes->is_named(object["metadata"]["name"].text())) {
      return "it holds Sallyport's log";
    }
    return it.volumes->points_to(object) ? Why("it points to the storage that holds Sallyport's log") : std::nullopt;
  });
}

}  // namespace sallyport::policy
