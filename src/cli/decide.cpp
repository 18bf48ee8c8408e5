#include <iostream>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/facts.hpp"
#include "cli/follow.hpp"
#include "cli/requests.hpp"
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
  std::string name;
  std::string comment;
  Verdict verdict = Verdict::none;
  bool yes = false;
  bool accept_truncated = false;
};

// What can not be said of it as it stands; the server would refuse it, too, but after the question.
std::optional<Failure> why_not(const model::ApprovalRequest& request, const DecisionFlags& flags) {
  const State state = request.status.state;
  const std::string what = "approvalrequest " + safe(request.key.name) + " is " + std::string(to_string(state));
  if (flags.verdict == Verdict::revoke) {
    if (state == State::approved) return std::nullopt;
    return Failure{Exit::refused, what + ", and only an approved one can be revoked"};
  }
  if (state == State::approved) return Failure{Exit::refused, what + " already; revoke takes an approval back"};
  if (state != State::pending) return Failure{Exit::refused, what + " already, and a decision is final"};
  if (flags.verdict == Verdict::approve && request.spec.action.truncated && !flags.accept_truncated) {
    return Failure{Exit::refused,
                   "the change is too large to be shown whole; to approve what is not shown, add --accept-truncated"};
  }
  return std::nullopt;
}

// Asks on the terminal; true where --yes has answered.
Outcome<bool> ask(const DecisionFlags& flags, const model::ApprovalRequest& request, const std::string& self) {
  if (flags.yes) return true;
  if (::isatty(STDIN_FILENO) == 0) {
    return failed(Exit::usage, "stdin is no terminal, so nobody can be asked; in scripts, add --yes");
  }
  print("\n" + std::string(to_string(flags.verdict)) + " " + safe(request.key.name) +
        (self.empty() ? "" : " as " + safe(self)) + "? [y/N] ");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

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

std::string result_words(const model::ApprovalRequest& request, State before, const Page& page) {
  const State state = request.status.state;
  const std::string what = "approvalrequest " + safe(request.key.name);
  if (state == before) {
    const auto missing = missing_words(request);
    return missing.empty() ? what + ": recorded; Sallyport has not acted on it yet"
                           : what + ": recorded; still missing: " + joined(missing, "; ");
  }
  const std::string is = what + " is " + state_word(request, page);
  if (state == State::approved) return is + ": the agent may do it until " + until_words(end_of(request), page.now);
  if (state == State::used) return is + ": the agent has done it";
  return is;
}

Task<Exit> decide(Session& session, const DecisionFlags* flags) {
  const auto key = session.key_of(flags->name);
  const auto seen = co_await fetch_request(session, key);
  if (!seen) co_return std::unexpected(seen.error());
  const Page page = page_for(flags->access);
  print(show_view(seen->request, page, Detail::everything));
  if (auto failure = why_not(seen->request, *flags)) co_return std::unexpected(std::move(*failure));

  const auto self = flags->yes ? Outcome<model::User>() : co_await fetch_self(session);
  const auto sure = ask(*flags, seen->request, self ? self->username : "");
  if (!sure) co_return std::unexpected(sure.error());
  if (!*sure) co_return failed(Exit::refused, "nothing was decided");

  auto sent = co_await send_decision(session, key,
                                     {.verdict = flags->verdict,
                                      .comment = flags->comment,
                                      .digest = seen->request.spec.action.digest,
                                      .accept_truncated = flags->accept_truncated});
  if (!sent) co_return std::unexpected(sent.error());
  const State before = seen->request.status.state;
  if (is_settled(sent->request, flags->verdict)) {
    auto decided = co_await await_decision(session, std::move(*sent));
    if (!decided) co_return std::unexpected(decided.error());
    sent = std::move(*decided);
  }
  print(result_words(sent->request, before, page_for(flags->access)) + "\n");
  co_return Exit::done;
}

void add_decision(CLI::App& app, const Registry& registry, Verdict verdict, const char* name, const char* description) {
  const auto flags = std::make_shared<DecisionFlags>();
  flags->verdict = verdict;
  auto* const command = app.add_subcommand(name, description);
  command->group(kRequestCommands);
  add_name(*command, flags->name);
  command->add_option("-m,--comment", flags->comment, "Why, for whoever reads it later")
      ->type_name("COMMENT")
      ->check(
          [](const std::string& comment) {
            return comment.size() > kLongestComment ? std::string("a comment has at most 1024 bytes") : std::string();
          },
          "");
  command->add_flag("-y,--yes", flags->yes, "Do not ask; for scripts");
  if (verdict == Verdict::approve) {
    command->add_flag("--accept-truncated", flags->accept_truncated,
                      "Approve although the change is too large to be shown whole");
  }
  add_access(*command, flags->access, registry);
  command->callback([flags, &chosen = registry.chosen] {
    chosen = [flags] { return run(flags->access, [&](Session& session) { return decide(session, flags.get()); }); };
  });
}

}  // namespace

void add_decisions(CLI::App& app, const Registry& registry) {
  add_decision(app, registry, Verdict::approve, "approve", "Approve a request, after showing exactly what");
  add_decision(app, registry, Verdict::deny, "deny", "Deny a request: one denial is enough");
  add_decision(app, registry, Verdict::revoke, "revoke", "Take an approval back before it is used");
  add_decision(app, registry, Verdict::withdraw, "withdraw", "Take your own request back, as the agent that asked");
}

}  // namespace sallyport::cli
