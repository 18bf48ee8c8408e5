#include <algorithm>
#include <iostream>
#include <optional>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/consent.hpp"
#include "cli/decision_words.hpp"
#include "cli/facts.hpp"
#include "cli/follow.hpp"
#include "cli/list_view.hpp"
#include "cli/requests.hpp"
#include "cli/selection.hpp"
#include "cli/show_view.hpp"
#include "cli/words.hpp"

namespace sallyport::cli {
namespace {

using model::State;
using model::Verdict;

constexpr std::chrono::seconds kDecidedWithin{5};
constexpr std::size_t kLongestComment = 1024;

struct DecisionFlags {
  Access access;
  std::vector<std::string> names;
  Selection selection;
  std::string comment;
  Verdict verdict = Verdict::none;
  Consent consent;
  bool accept_truncated = false;
};

// Whether Sallyport has something to decide by now.
bool is_settled(const model::ApprovalRequest& request, Verdict verdict) {
  return verdict != Verdict::approve || evaluation_of(request).outcome != policy::Outcome::undecided;
}

// The request once it has moved on from this state, or as it was.
Task<Found> await_decision(Session& session, Found before) {
  Found latest = std::move(before);
  const State state = latest.request.status.state;
  const auto on_news = [&latest, state](News, json::Value object) {
    auto found = read_found(std::move(object));
    if (found) latest = std::move(*found);
    return latest.request.status.state == state;
  };
  const auto key = latest.request.key;
  const auto outcome = co_await follow(session,
                                       {.namespace_name = key.namespace_name,
                                        .name = key.name,
                                        .deadline = std::chrono::steady_clock::now() + kDecidedWithin},
                                       on_news, [] { return true; });
  if (!outcome && outcome.error().exit != Exit::timed_out) co_return std::unexpected(outcome.error());
  co_return latest;
}

// Those that were named, each once.
Task<Requests> find_named(Session& session, const DecisionFlags* flags) {
  Requests found;
  for (const auto& name : flags->names) {
    auto one = co_await fetch_request(session, session.key_of(name));
    if (!one) co_return std::unexpected(one.error());
    if (std::ranges::find(found, one->request.uid, &model::ApprovalRequest::uid) == found.end()) {
      found.push_back(std::move(one->request));
    }
  }
  co_return found;
}

// Those of the session's namespace that are selected and can be decided like this.
Task<Requests> find_selected(Session& session, const DecisionFlags* flags) {
  const std::string state(to_string(decidable_state(flags->verdict)));
  const auto& plan = flags->selection.plan;
  auto objects = plan.empty() ? co_await fetch_requests(session, session.namespace_name(), "status.state=" + state)
                              : co_await fetch_plan(session, plan);
  if (!objects) co_return std::unexpected(objects.error());
  Requests found;
  for (auto& object : *objects) {
    auto one = read_found(std::move(object));
    if (!one) co_return std::unexpected(one.error());
    if (one->request.status.state != decidable_state(flags->verdict)) continue;
    if (is_selected(one->request, flags->selection, flags->access.machine->clock.now())) {
      found.push_back(std::move(one->request));
    }
  }
  if (found.empty()) {
    const std::string where = plan.empty() ? "in namespace " + safe(session.namespace_name()) : "of plan " + safe(plan);
    co_return failed(Exit::refused, "no " + state + " approvalrequest " + where + " matches");
  }
  sort_for_people(found, "");
  co_return found;
}

// Each whole, and of several a list below, which has them all in sight.
void show_all(const Requests& requests, const DecisionFlags& flags, const Session& session) {
  const Page page = page_for(flags.access);
  for (const auto& request : requests) {
    print(show_view(request, page, Detail::everything));
    if (requests.size() > 1) print("\n");
  }
  if (requests.size() == 1) return;
  const auto elsewhere = [&](const auto& request) { return request.key.namespace_name != session.namespace_name(); };
  const bool anywhere = std::ranges::any_of(requests, elsewhere);
  ListedNames names(anywhere);
  for (const auto& request : requests) names.add(request.key);
  print(list_view(requests, names, {.namespace_name = anywhere ? "" : session.namespace_name()}, page));
}

// Complains about each that cannot be decided like this. The server would refuse it, too, but after the question.
bool are_decidable(const Requests& requests, const DecisionFlags& flags) {
  bool decidable = true;
  for (const auto& request : requests) {
    const auto why = why_not(request, flags.verdict, flags.accept_truncated, flags.access.machine->clock.now());
    if (why.empty()) continue;
    decidable = false;
    complain(why);
  }
  return decidable;
}

Task<Exit> ask(Session& session, const DecisionFlags* flags, const Requests* requests) {
  const std::size_t count = requests->size();
  const auto question = question_for(count, flags->consent, ::isatty(STDIN_FILENO) != 0);
  if (!question) co_return std::unexpected(question.error());
  if (*question == Question::none) co_return Exit::done;
  const auto self = co_await fetch_self(session);
  print("\n" + question_words(*question, flags->verdict, count, requests->front().key.name, self ? self->username : "",
                              flags->verdict == Verdict::approve ? guarded_in(*requests) : ""));
  std::string answer;
  std::getline(std::cin, answer);
  if (!is_consent(*question, count, answer)) co_return failed(Exit::refused, "nothing was decided");
  co_return Exit::done;
}

// Why the server refused, in our words where it has been decided since it was shown.
Task<Exit> explain_refusal(Session& session, const DecisionFlags* flags, model::RequestKey key, Failure failure) {
  if (failure.exit != Exit::refused) co_return std::unexpected(std::move(failure));
  const auto now = co_await fetch_request(session, std::move(key));
  if (!now) co_return std::unexpected(std::move(failure));
  const auto why = why_not(now->request, flags->verdict, true, flags->access.machine->clock.now());
  if (why.empty()) co_return std::unexpected(std::move(failure));
  co_return failed(Exit::refused, why);
}

// Exactly what was shown: the digest is that request's.
Task<Exit> decide_one(Session& session, const DecisionFlags* flags, const model::ApprovalRequest* shown) {
  auto sent = co_await send_decision(session, shown->key,
                                     {.verdict = flags->verdict,
                                      .comment = flags->comment,
                                      .digest = shown->spec.action.digest,
                                      .accept_truncated = flags->accept_truncated});
  if (!sent) co_return co_await explain_refusal(session, flags, shown->key, sent.error());
  if (is_settled(sent->request, flags->verdict)) {
    auto decided = co_await await_decision(session, std::move(*sent));
    if (!decided) co_return std::unexpected(decided.error());
    sent = std::move(*decided);
  }
  print(result_words(sent->request, shown->status.state, page_for(flags->access)) + "\n");
  co_return Exit::done;
}

// One after the other; the failure of one does not stop the others, unless nothing can be reached any more.
Task<Exit> decide_each(Session& session, const DecisionFlags* flags, const Requests* requests) {
  std::size_t decided = 0;
  for (const auto& request : *requests) {
    const auto outcome = co_await decide_one(session, flags, &request);
    if (outcome) {
      ++decided;
      continue;
    }
    if (requests->size() == 1) co_return std::unexpected(outcome.error());
    complain(outcome.error().sentence);
    if (outcome.error().exit == Exit::unreachable) break;
  }
  if (decided == requests->size()) co_return Exit::done;
  co_return failed(Exit::refused, "decided " + std::to_string(decided) + " of " +
                                      count_words(requests->size(), "request") + "; see the errors above");
}

Task<Requests> find_wanted(Session& session, const DecisionFlags* flags) {
  if (flags->names.empty()) co_return co_await find_selected(session, flags);
  co_return co_await find_named(session, flags);
}

Task<Exit> decide(Session& session, const DecisionFlags* flags) {
  const auto requests = co_await find_wanted(session, flags);
  if (!requests) co_return std::unexpected(requests.error());
  show_all(*requests, *flags, session);
  if (!are_decidable(*requests, *flags)) co_return Exit::refused;
  const auto sure = co_await ask(session, flags, &*requests);
  if (!sure) co_return std::unexpected(sure.error());
  co_return co_await decide_each(session, flags, &*requests);
}

void add_consent(CLI::App& command, Consent& consent) {
  auto* const yes = command.add_flag("-y,--yes", consent.yes, "Do not ask; for scripts, and at most ten requests");
  command.add_option("--yes-to", consent.yes_to, "Do not ask, if there are exactly N requests")
      ->type_name("N")
      ->excludes(yes);
}

void add_decision(CLI::App& app, const Registry& registry, Verdict verdict, const char* name, const char* description) {
  const auto flags = std::make_shared<DecisionFlags>();
  flags->verdict = verdict;
  auto* const command = app.add_subcommand(name, description);
  command->group(kRequestCommands);
  command->add_option("NAME", flags->names, std::string(kNameWords) + "; several may be given")->type_name("");
  add_selection(*command, flags->selection, States::as_the_command_says);
  command->add_option("-m,--comment", flags->comment, "Why, for whoever reads it later")
      ->type_name("COMMENT")
      ->check(
          [](const std::string& comment) {
            return comment.size() > kLongestComment ? std::string("a comment has at most 1024 bytes") : std::string();
          },
          "");
  add_consent(*command, flags->consent);
  if (verdict == Verdict::approve) {
    command->add_flag("--accept-truncated", flags->accept_truncated,
                      "Approve although the change is too large to be shown whole");
  }
  add_access(*command, flags->access, registry);
  command->callback([flags, &chosen = registry.chosen] {
    if (flags->names.empty() && flags->selection.empty())
      throw CLI::RequiredError("NAME, --plan, --agent or --older-than");
    if (!flags->names.empty() && !flags->selection.empty()) {
      throw CLI::ExcludesError("NAME", "--plan, --agent and --older-than");
    }
    chosen = [flags] { return run(flags->access, [&](Session& session) { return decide(session, flags.get()); }); };
  });
}

}  // namespace

void add_decisions(CLI::App& app, const Registry& registry) {
  add_decision(app, registry, Verdict::approve, "approve", "Approve requests, after showing exactly what");
  add_decision(app, registry, Verdict::deny, "deny", "Deny requests: one denial of each is enough");
  add_decision(app, registry, Verdict::revoke, "revoke", "Take approvals back before they are used");
  add_decision(app, registry, Verdict::withdraw, "withdraw", "Take your own requests back, as the agent that asked");
}

}  // namespace sallyport::cli
