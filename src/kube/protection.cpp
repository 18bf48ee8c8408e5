#include "kube/protection.hpp"

#include <utility>

#include "kube/paths.hpp"

namespace sallyport::kube {
namespace {

constexpr auto kAuthenticated = "system:authenticated";

std::vector<std::string> groups_of_accounts_in(const std::string& namespace_name) {
  return {"system:serviceaccounts", "system:serviceaccounts:" + namespace_name, kAuthenticated};
}

std::vector<model::User> identities_of(const model::Agent& agent) {
  std::vector<model::User> identities;
  const auto add = [&](std::string username, std::vector<std::string> groups) {
    model::User user;
    user.username = std::move(username);
    user.groups = std::move(groups);
    identities.push_back(std::move(user));
  };
  for (const auto& user : agent.users) add(user, {kAuthenticated});
  for (const auto& group : agent.groups) add("", {group, kAuthenticated});
  for (const auto& account : agent.service_accounts) {
    const auto slash = account.find('/');
    const auto where = account.substr(0, slash);
    add("system:serviceaccount:" + where + ":" + account.substr(slash + 1), groups_of_accounts_in(where));
  }
  for (const auto& where : agent.namespaces) add("", groups_of_accounts_in(where));
  return identities;
}

std::string_view namespace_of(const Right& right, const GateParts& parts) {
  return right.where == Right::Where::own_namespace ? parts.own_namespace : std::string_view();
}

std::vector<std::string> names_of(const Right& right, const GateParts& parts) {
  switch (right.names) {
    case Right::Names::gate:
      return {parts.gate};
    case Right::Names::requests:
      return {parts.requests};
    case Right::Names::keys:
      return parts.keys;
    case Right::Names::any:
      break;
  }
  return {""};
}

json::Value write(const AccessQuestion& question, const GateParts& parts) {
  const auto& right = *question.right;
  json::Value attributes;
  attributes.set("verb", question.verb);
  attributes.set("group", right.group);
  attributes.set("version", "*");
  attributes.set("resource", right.resource);
  attributes.set("subresource", right.subresource);
  attributes.set("namespace", namespace_of(right, parts));
  attributes.set("name", question.name);
  json::Value spec;
  spec.set("resourceAttributes", std::move(attributes));
  if (!question.who.username.empty()) spec.set("user", question.who.username);
  spec.set("groups", json::Value::Array(question.who.groups.begin(), question.who.groups.end()));
  json::Value review;
  review.set("apiVersion", "authorization.k8s.io/v1");
  review.set("kind", "SubjectAccessReview");
  review.set("spec", std::move(spec));
  return review;
}

std::string describe(const model::Agent& agent, const AccessQuestion& question, const GateParts& parts) {
  const auto& right = *question.right;
  const auto& who = question.who.username.empty() ? "group " + question.who.groups.front() : question.who.username;
  std::string text = "agent " + agent.name + " (" + who + ") may " + question.verb + " " + right.resource;
  if (!right.group.empty()) text += "." + right.group;
  if (!right.subresource.empty()) text += "/" + right.subresource;
  if (!question.name.empty()) text += " \"" + question.name + "\"";
  if (const auto where = namespace_of(right, parts); !where.empty()) text += " in namespace " + std::string(where);
  return text + ", so it " + right.why + ": take that right from it";
}

}  // namespace

std::vector<AccessQuestion> questions_about(const model::Agent& agent, const GateParts& parts, bool guarded) {
  std::vector<AccessQuestion> questions;
  for (const auto& who : identities_of(agent)) {
    for (const auto& right : rights_around()) {
      if (guarded && right.only_unguarded) continue;
      for (const auto& name : names_of(right, parts)) {
        for (const auto& verb : right.verbs) questions.push_back({who, &right, verb, name});
      }
    }
  }
  return questions;
}

Awaitable<std::optional<std::string>> why_unprotected(Api& api, const std::vector<model::Agent>* agents,
                                                      const GateParts* parts, bool guarded) {
  for (const auto& agent : *agents) {
    for (const auto& question : questions_about(agent, *parts, guarded)) {
      ApiCall call = create(path_of(kSubjectAccessReviews), write(question, *parts));
      call.effect = Effect::none;  // it asks, and makes nothing
      const auto review = co_await api.send(std::move(call));
      if (!review) co_return fail(review.error().while_doing("asking which rights of agents lead around the gate"));
      const json::Value& status = (*review)["status"];
      if (status["allowed"].truth() && !status["denied"].truth()) {
        co_return std::optional<std::string>(describe(agent, question, *parts));
      }
    }
  }
  co_return std::optional<std::string>();
}

}  // namespace sallyport::kube
