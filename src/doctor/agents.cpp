// Who is an agent, and the ways around the gate that each has.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "cli/words.hpp"
#include "doctor/grants.hpp"
#include "doctor/installation.hpp"
#include "kube/paths.hpp"
#include "kube/protection.hpp"

namespace sallyport::doctor {
namespace {

namespace asio = boost::asio;

constexpr kube::Collection kServiceAccounts{"", "v1", "serviceaccounts"};
constexpr kube::Collection kRoles{"rbac.authorization.k8s.io", "v1", "roles"};
constexpr std::size_t kAtOnce = 8;
constexpr const char* kNoWayAround = "no agent has a right that leads around the gate";

// Nothing: it exists, or who asks may not know.
asio::awaitable<bool> is_missing(kube::Api& api, std::string path) {
  const auto found = co_await api.send(kube::get(std::move(path)));
  co_return !found && found.error().code() == ErrorCode::not_found;
}

// Who is not named is never gated, so a slip of the pen opens the gate for whoever was meant.
Check check_names(kube::Api& api, const Installation* installation, Report* report) {
  const std::string check = "every account and namespace named as an agent exists";
  const auto tell = [&](const model::Agent& agent, const std::string& who, const std::string& command) {
    report->add({check, Mark::warning, "agent " + agent.name + ": " + who + " does not exist",
                 "Is it spelled as it is in the cluster? Whoever is not named is not gated", command});
  };
  for (const auto& agent : installation->config.agents) {
    for (const auto& account : agent.service_accounts) {
      const auto slash = account.find('/');
      const auto where = account.substr(0, slash);
      if (co_await is_missing(api, kube::path_of(kServiceAccounts, where, account.substr(slash + 1))))
        tell(agent, "service account " + account, "kubectl -n " + where + " get serviceaccounts");
    }
    for (const auto& ns : agent.namespaces) {
      if (co_await is_missing(api, kube::path_of(kube::kNamespaces, {}, ns)))
        tell(agent, "namespace " + ns, "kubectl get namespaces");
    }
  }
  report->close(check);
}

kube::Awaitable<RbacObjects> read_rbac(kube::Api& api) {
  RbacObjects objects;
  const auto read = [&api](kube::Collection collection) {
    auto call = kube::get(kube::path_of(collection));
    call.unread = "managedFields";
    return api.send(std::move(call));
  };
  for (const auto& [into, collection] :
       {std::pair{&objects.cluster_roles, kube::kClusterRoles}, std::pair{&objects.roles, kRoles},
        std::pair{&objects.role_bindings, kube::kRoleBindings},
        std::pair{&objects.cluster_role_bindings, kube::kClusterRoleBindings}}) {
    auto list = co_await read(collection);
    if (!list) co_return fail(list.error());
    *into = std::move(*list);
  }
  co_return objects;
}

struct Answered {
  Suspicion suspicion;
  Result<bool> allowed = false;
};

// The next one that nobody has taken yet, until there is none.
asio::awaitable<void> ask_in_turn(kube::Api& api, std::vector<Answered>* all, std::size_t* next) {
  while (*next < all->size()) {
    auto& mine = (*all)[(*next)++];
    mine.allowed =
        co_await kube::is_allowed(api, mine.suspicion.question.who, kube::access_of(mine.suspicion.question));
  }
}

// A few at a time, on this thread; the pointers are to what this coroutine awaits the end of.
asio::awaitable<void> ask(kube::Api& api, std::vector<Answered>* all) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer all_done(executor, asio::steady_timer::time_point::max());
  std::size_t next = 0, left = kAtOnce;
  for (std::size_t i = 0; i < kAtOnce; ++i) {
    asio::co_spawn(executor, ask_in_turn(api, all, &next), [&](const std::exception_ptr&) {
      if (--left == 0) all_done.cancel();
    });
  }
  if (left > 0) (void)co_await all_done.async_wait(asio::as_tuple(asio::use_awaitable));
}

// What an agent holds of one right, in one namespace and for one name, or for some names.
struct Held {
  kube::AccessQuestion question;
  std::vector<std::string> verbs;
  std::string binding;
  std::vector<std::string> names = {};
  std::vector<std::string> holders = {};  // of the agent's identities
};

bool is_same_who(const model::User& a, const model::User& b) {
  return a.username == b.username && a.groups == b.groups;
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (!text.empty() && std::ranges::find(list, text) == list.end()) list.push_back(text);
}

bool is_wider(const Held& a, const Held& b) {
  const auto &wide = a.question, &narrow = b.question;
  return &a != &b && wide.right == narrow.right && is_same_who(wide.who, narrow.who) &&
         (wide.namespace_name.empty() || wide.namespace_name == narrow.namespace_name) &&
         (wide.name.empty() || wide.name == narrow.name) &&
         std::tie(wide.namespace_name, wide.name) != std::tie(narrow.namespace_name, narrow.name);
}

// What was allowed, each right with all its verbs.
std::vector<Held> held_in(const std::vector<Answered>& answers) {
  std::vector<Held> all;
  for (const auto& [suspicion, allowed] : answers) {
    if (!allowed || !*allowed) continue;
    const auto& question = suspicion.question;
    auto same = std::ranges::find_if(all, [&](const Held& held) {
      const auto& other = held.question;
      return other.right == question.right && is_same_who(other.who, question.who) &&
             other.namespace_name == question.namespace_name && other.name == question.name;
    });
    if (same == all.end()) same = all.insert(all.end(), {question, {}, ""});
    add_once(same->verbs, question.verb);
    if (same->binding.empty()) same->binding = suspicion.binding;
  }
  return all;
}

std::string who_of(const model::User& who) {
  const auto account = model::service_account(who.username);
  if (!account.name.empty()) return std::string(account.namespace_name) + "/" + std::string(account.name);
  return who.username.empty() ? "group " + who.groups.front() : who.username;
}

bool is_same_right(const Held& a, const Held& b) {
  return a.question.right == b.question.right && a.question.namespace_name == b.question.namespace_name &&
         a.verbs == b.verbs;
}

// Without what is part of something wider; and the names of one right, and who has it, together.
std::vector<Held> condensed(const std::vector<Held>& all) {
  std::vector<Held> few;
  for (const auto& held : all) {
    if (std::ranges::any_of(all, [&](const Held& other) { return is_wider(other, held); })) continue;
    auto same = std::ranges::find_if(few, [&](const Held& other) { return is_same_right(other, held); });
    if (same == few.end()) same = few.insert(few.end(), held);
    add_once(same->names, held.question.name);
    add_once(same->holders, who_of(held.question.who));
    if (same->binding.empty()) same->binding = held.binding;
  }
  return few;
}

std::string as_flags(const model::User& who) {
  std::string flags = " --as=" + (who.username.empty() ? "nobody" : who.username);
  if (who.username.starts_with("system:serviceaccount:")) return flags;
  for (const auto& group : who.groups) flags += " --as-group=" + group;
  return flags;
}

std::string what_it_may(const Held& held) {
  const auto& right = *held.question.right;
  if (right.resource == "*") return "may do everything";
  return kube::describe_access(right, held.verbs, held.names, held.question.namespace_name);
}

std::string remedy_for(const kube::Right& right) {
  if (right.when == kube::Right::While::unasked)
    return "Have a policy ask about it (preset PodPromotion), or take that right from it";
  return right.is_hint ? "If it is not meant to, take that right from it" : "Take that right from it";
}

void tell(const Held& held, Report& report) {
  const auto& question = held.question;
  const auto where = question.namespace_name.empty() ? "" : " -n " + question.namespace_name;
  report.add({kNoWayAround, question.right->is_hint ? Mark::warning : Mark::fault,
              "agent " + question.agent + " " + what_it_may(held) + ", so it " + question.right->why + " (as " +
                  cli::joined(held.holders) + ")",
              remedy_for(*question.right),
              held.binding.empty() ? "kubectl auth can-i --list" + as_flags(question.who) + where
                                   : "kubectl delete " + held.binding});
}

bool is_refused_by_guard(const Held& held) {
  using While = kube::Right::While;
  return held.question.right->when == While::unguarded || held.question.right->when == While::unenforced;
}

// What the guard would refuse if the gate stood is one matter, and is mended with the gate.
void tell_unguarded(const model::Agent& agent, const std::vector<Held>& all, Report& report) {
  std::vector<std::string> rights, holders;
  for (const auto& held : all) {
    if (!is_refused_by_guard(held)) continue;
    rights.push_back(what_it_may(held));
    for (const auto& holder : held.holders) add_once(holders, holder);
  }
  if (rights.empty()) return;
  report.add({kNoWayAround, Mark::fault,
              "agent " + agent.name + " is refused by the guard no more, while the gate does not stand: it " +
                  cli::joined(rights) + " (as " + cli::joined(holders) + ")",
              "Put back what stops agents (see the other faults), and look again", "kubectl sallyport doctor"});
}

// Whoever may do everything has each of the rights: that is said once.
kube::Right everything() {
  kube::Right right;
  right.group = right.resource = "*";
  right.verbs = {"*"};
  right.why = "can take the gate away, and has every other way around it";
  return right;
}

// Whether a policy in Enforce asks about what runs, and so about what controllers are told.
bool asks_about_what_runs(const model::Policy& policy) {
  if (policy.spec.enforcement != model::Enforcement::enforce) return false;
  return std::ranges::any_of(policy.spec.actions, [](const model::PolicyAction& action) {
    using enum model::Preset;
    return !action.rules.empty() || action.preset == pod_promotion || action.preset == everything ||
           action.effects.has(model::Effect::runs_code);
  });
}

// Where nobody is asked about anything, another check says so, once.
bool is_asked_or_nothing_is(const Installation& installation) {
  if (!installation.policies) return true;
  const auto enforces = [](const StandingPolicy& each) {
    return each.policy.spec.enforcement == model::Enforcement::enforce;
  };
  const auto asks = [](const StandingPolicy& each) { return asks_about_what_runs(each.policy); };
  return std::ranges::any_of(*installation.policies, asks) || std::ranges::none_of(*installation.policies, enforces);
}

// A controller that is not there is told nothing.
asio::awaitable<std::vector<const kube::Right*>> rights_that_count(kube::Api& api, const Installation* installation) {
  using While = kube::Right::While;
  const bool asked = is_asked_or_nothing_is(*installation);
  const bool lenient = installation->config.guard != model::Enforcement::enforce;
  std::vector<const kube::Right*> rights;
  for (const auto& right : kube::rights_around()) {
    const bool counts = right.when == While::always || (right.when == While::unguarded && !installation->gate_stands) ||
                        (right.when == While::unenforced && (lenient || !installation->gate_stands)) ||
                        (right.when == While::unasked && !asked);
    if (!counts) continue;
    const bool is_custom = right.when == While::unasked && right.group.contains('.');
    if (is_custom && co_await is_missing(api, "/apis/" + right.group)) continue;
    rights.push_back(&right);
  }
  co_return rights;
}

std::vector<Answered> questions(const model::Agent& agent, const kube::GateParts& parts,
                                const std::vector<const kube::Right*>& rights, const RbacObjects& objects) {
  std::vector<Answered> all;
  const auto counts = [&](const kube::Right& right) { return std::ranges::find(rights, &right) != rights.end(); };
  for (auto& suspicion : suspicions(agent, objects, rights)) {
    const auto& right = *suspicion.question.right;
    const auto& where = suspicion.question.namespace_name;
    const bool own_alone = right.where == kube::Right::Where::own_namespace;
    // Of what matters for some names alone, or in our namespace alone, the judge itself knows which.
    if (right.names != kube::Right::Names::any || (own_alone && where != parts.own_namespace)) continue;
    all.push_back({std::move(suspicion)});
  }
  for (auto& question : kube::questions_about(agent, parts, counts)) all.push_back({{std::move(question), ""}});
  return all;
}

Check check_rights(kube::Api& api, const Installation* installation, Report* report) {
  static const kube::Right kEverything = everything();
  const auto parts = serve::gate_parts(installation->config);
  const auto rights = co_await rights_that_count(api, installation);
  auto objects = co_await read_rbac(api);
  if (!objects) add_unknown(*report, "rights in single namespaces are known", objects.error());
  const auto rbac = std::move(objects).value_or(RbacObjects{});
  for (const auto& agent : installation->config.agents) {
    std::vector<Answered> answers;
    for (auto& who : kube::identities_of(agent)) {
      answers.push_back({{{agent.name, std::move(who), &kEverything, "*", "", ""}, ""}});
    }
    for (auto& suspicion : suspicions(agent, rbac, {&kEverything})) {
      if (suspicion.question.namespace_name.empty()) answers.insert(answers.begin(), {std::move(suspicion)});
    }
    co_await ask(api, &answers);
    auto held = held_in(answers);
    if (held.empty()) {
      answers = questions(agent, parts, rights, rbac);
      co_await ask(api, &answers);
      held = held_in(answers);
    }
    const auto failed = std::ranges::find_if(answers, [](const Answered& each) { return !each.allowed; });
    if (failed != answers.end()) add_unknown(*report, kNoWayAround, failed->allowed.error());
    const auto few = condensed(held);
    for (const auto& each : few) {
      if (installation->gate_stands || !is_refused_by_guard(each)) tell(each, *report);
    }
    if (!installation->gate_stands) tell_unguarded(agent, few, *report);
  }
  report->close(kNoWayAround);
}

}  // namespace

Check check_agents(kube::Api& api, const Installation* installation, Report* report) {
  co_await check_names(api, installation, report);
  co_await check_rights(api, installation, report);
}

}  // namespace sallyport::doctor
