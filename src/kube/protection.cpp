#include "kube/protection.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sallyport::kube {
namespace {

constexpr auto kAuthenticated = "system:authenticated";
constexpr auto kAsking = "asking which rights of agents lead around the gate";

std::vector<std::string> groups_of_accounts_in(const std::string& namespace_name) {
  return {"system:serviceaccounts", "system:serviceaccounts:" + namespace_name, kAuthenticated};
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

std::string describe(const AccessQuestion& question) {
  const auto& who = question.who.username.empty() ? "group " + question.who.groups.front() : question.who.username;
  const auto names = question.name.empty() ? std::vector<std::string>() : std::vector{question.name};
  return "agent " + question.agent + " (" + who + ") " +
         describe_access(*question.right, {question.verb}, names, question.namespace_name) + ", so it " +
         question.right->why + ": take that right from it";
}

}  // namespace

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

Access access_of(const AccessQuestion& question) {
  const auto& right = *question.right;
  return {.verb = question.verb,
          .group = right.group,
          .version = "*",
          .resource = right.resource,
          .subresource = right.subresource,
          .namespace_name = question.namespace_name,
          .name = question.name};
}

std::string describe_access(const Right& right, const std::vector<std::string>& verbs,
                            const std::vector<std::string>& names, const std::string& namespace_name) {
  std::string text = "may ";
  for (const auto& verb : verbs) text += (&verb == &verbs.front() ? "" : ", ") + verb;
  text += " " + right.resource;
  if (!right.group.empty()) text += "." + right.group;
  if (!right.subresource.empty()) text += "/" + right.subresource;
  for (const auto& name : names) text += (&name == &names.front() ? " \"" : ", \"") + name + "\"";
  if (!namespace_name.empty()) text += " in namespace " + namespace_name;
  return text;
}

std::vector<AccessQuestion> questions_about(const model::Agent& agent, const GateParts& parts,
                                            const std::function<bool(const Right&)>& counts) {
  std::vector<AccessQuestion> questions;
  for (const auto& who : identities_of(agent)) {
    for (const auto& right : rights_around()) {
      if (!counts(right)) continue;
      const std::string where(namespace_of(right, parts));
      for (const auto& name : names_of(right, parts)) {
        for (const auto& verb : right.verbs) questions.push_back({agent.name, who, &right, verb, name, where});
      }
    }
  }
  return questions;
}

std::vector<AccessQuestion> questions_about(const model::Agent& agent, const GateParts& parts, bool guarded) {
  return questions_about(agent, parts, [guarded](const Right& right) {
    return !right.is_hint && !(guarded && right.when == Right::While::unguarded);
  });
}

Awaitable<std::optional<std::string>> why_unprotected(Api& api, const std::vector<model::Agent>* agents,
                                                      const GateParts* parts, bool guarded) {
  for (const auto& agent : *agents) {
    for (const auto& question : questions_about(agent, *parts, guarded)) {
      const auto allowed = co_await is_allowed(api, question.who, access_of(question));
      if (!allowed) co_return fail(allowed.error().while_doing(kAsking));
      if (*allowed) co_return std::optional<std::string>(describe(question));
    }
  }
  co_return std::optional<std::string>();
}

void RightsRounds::begin(bool guarded) {
  guarded_ = guarded;
  questions_.clear();
  for (const auto& agent : agents_)
    std::ranges::move(questions_about(agent, parts_, guarded), std::back_inserter(questions_));
  next_ = 0;
  refused_ = 0;
  if (questions_.empty()) known_ = true;
}

std::size_t RightsRounds::share() const {
  if (!known_ || why_) return std::min(kMostAtOnce, questions_.size());
  return std::min(kMostAtOnce, (questions_.size() + kShares - 1) / kShares);
}

void RightsRounds::note(bool allowed) {
  if (allowed) {
    refused_ = 0;
    why_ = describe(questions_[next_]);
    known_ = true;
    return;
  }
  next_ = (next_ + 1) % questions_.size();
  refused_ = std::min(refused_ + 1, questions_.size());
  if (refused_ < questions_.size()) return;
  why_.reset();
  known_ = true;
}

Awaitable<void> RightsRounds::ask(bool guarded) {
  if (guarded_ != guarded) begin(guarded);
  for (auto left = share(); left > 0; --left) {
    const auto& question = questions_[next_];
    const auto allowed = co_await is_allowed(api_, question.who, access_of(question));
    if (!allowed) co_return fail(allowed.error().while_doing(kAsking));
    note(*allowed);
    if (*allowed) break;
  }
  co_return Result<void>{};
}

}  // namespace sallyport::kube
