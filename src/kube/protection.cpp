#include "kube/protection.hpp"

#include <utility>

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

json::Value write(const AccessQuestion& question) {
  json::Value attributes;
  attributes.set("verb", question.verb);
  attributes.set("group", question.collection.group);
  attributes.set("version", question.collection.version);
  attributes.set("resource", question.collection.plural);
  if (!question.name.empty()) attributes.set("name", question.name);
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

std::string describe(const model::Agent& agent, const AccessQuestion& question) {
  const auto& who = question.who.username.empty() ? "group " + question.who.groups.front() : question.who.username;
  std::string text = "agent " + agent.name + " (" + who + ") may " + question.verb + " " +
                     std::string(question.collection.plural) + "." + std::string(question.collection.group);
  if (!question.name.empty()) text += " \"" + question.name + "\"";
  return text + ", so it can take the gate away: take that right from it";
}

}  // namespace

std::vector<AccessQuestion> questions_about(const model::Agent& agent, const GateParts& parts) {
  const std::pair<Collection, const std::string&> kinds[] = {{kValidatingWebhooks, parts.gate},
                                                             {kMutatingWebhooks, parts.requests},
                                                             {kAdmissionPolicies, parts.policy},
                                                             {kAdmissionPolicyBindings, parts.binding}};
  std::vector<AccessQuestion> questions;
  for (const auto& who : identities_of(agent)) {
    for (const auto& [collection, name] : kinds) {
      for (const auto* verb : {"update", "patch", "delete"}) questions.push_back({who, verb, collection, name});
      questions.push_back({who, "deletecollection", collection, ""});
    }
  }
  return questions;
}

Awaitable<std::optional<std::string>> why_unprotected(Api& api, const std::vector<model::Agent>* agents,
                                                      const GateParts* parts) {
  for (const auto& agent : *agents) {
    for (const auto& question : questions_about(agent, *parts)) {
      ApiCall call = create(path_of(kSubjectAccessReviews), write(question));
      call.effect = Effect::none;  // it asks, and makes nothing
      const auto review = co_await api.send(std::move(call));
      if (!review) co_return fail(review.error().while_doing("asking what agents may do to the gate"));
      const json::Value& status = (*review)["status"];
      if (status["allowed"].truth() && !status["denied"].truth()) {
        co_return std::optional<std::string>(describe(agent, question));
      }
    }
  }
  co_return std::optional<std::string>();
}

}  // namespace sallyport::kube
