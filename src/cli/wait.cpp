#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/facts.hpp"
#include "cli/follow.hpp"
#include "cli/requests.hpp"

namespace sallyport::cli {
namespace {

using model::State;

struct WaitFlags {
  Access access;
  std::string name;
  std::string what = "decided";
  std::string timeout;
};

enum class Reached { not_yet, yes, never };

Reached reached(State state, const std::string& what) {
  if (state == State::pending) return Reached::not_yet;
  if (what == "decided") return Reached::yes;
  if (state == State::used) return Reached::yes;
  if (state == State::approved) return what == "approved" ? Reached::yes : Reached::not_yet;
  return Reached::never;
}

std::string named(const model::RequestKey& key) {
  return "approvalrequest " + safe(key.name);
}

// Keeps the last that was seen, and knows when it is enough.
struct Waiter {
  std::string what;
  std::optional<model::ApprovalRequest> last;
  std::optional<Failure> failure;

  bool take(News news, json::Value object) {
    if (news == News::gone) {
      failure = Failure{Exit::refused, named(last->key) + " was deleted"};
      return false;
    }
    auto found = read_found(std::move(object));
    if (!found) {
      failure = found.error();
      return false;
    }
    last = std::move(found->request);
    return reached(last->status.state, what) == Reached::not_yet;
  }
};

Task<Exit> wait(Session& session, const WaitFlags* flags) {
  // Of a name that is not there it says so, and what may have been meant.
  const auto standing = co_await fetch_request(session, session.key_of(flags->name));
  if (!standing) co_return std::unexpected(standing.error());
  const auto key = standing->request.key;
  Waiter waiter{flags->what, standing->request, std::nullopt};
  Following following{.namespace_name = key.namespace_name, .name = key.name, .deadline = std::nullopt};
  if (!flags->timeout.empty()) {
    following.deadline = std::chrono::steady_clock::now() + parse_duration(flags->timeout).value_or(Duration::zero());
  }
  if (reached(waiter.last->status.state, flags->what) == Reached::not_yet) {
    if (::isatty(STDERR_FILENO) != 0) {
      std::fprintf(stderr, "waiting for %s to be %s; Ctrl-C ends the wait\n", named(key).c_str(), flags->what.c_str());
    }
    const auto ended = co_await follow(
        session, following, [&waiter](News news, json::Value object) { return waiter.take(news, std::move(object)); },
        [] { return true; });
    if (!ended && ended.error().exit == Exit::timed_out) {
      co_return failed(Exit::timed_out, named(key) + " is still " + std::string(to_string(waiter.last->status.state)) +
                                            " after " + flags->timeout);
    }
    if (!ended) co_return std::unexpected(ended.error());
  }
  if (waiter.failure) co_return std::unexpected(*waiter.failure);
  const Page page = page_for(flags->access);
  if (reached(waiter.last->status.state, flags->what) == Reached::never) {
    co_return failed(Exit::refused,
                     named(key) + " will not be " + flags->what + ": " + outcome_words(*waiter.last, page));
  }
  print(named(key) + " is " + state_word(*waiter.last, page) + ": " + outcome_words(*waiter.last, page) + "\n");
  co_return Exit::done;
}

}  // namespace

void add_wait(CLI::App& app, const Registry& registry) {
  const auto flags = std::make_shared<WaitFlags>();
  auto* const command = app.add_subcommand("wait", "Wait until a request is decided, approved or used");
  command->group(kRequestCommands);
  add_name(*command, flags->name);
  command
      ->add_option("--for", flags->what,
                   "approved, decided (whatever the outcome) or used; what can no longer happen ends the wait with 1")
      ->check(CLI::IsMember({"approved", "decided", "used"}))
      ->type_name("STATE")
      ->capture_default_str();
  command->add_option("--timeout", flags->timeout, "How long at most, such as 90s or 1h30m; without it, for ever")
      ->type_name("DURATION")
      ->check(
          [](const std::string& text) {
            return parse_duration(text) ? std::string() : std::string("no duration such as 90s or 1h30m: ") + text;
          },
          "");
  add_access(*command, flags->access, registry);
  command->callback([flags, &chosen = registry.chosen] {
    chosen = [flags] { return run(flags->access, [&](Session& session) { return wait(session, flags.get()); }); };
  });
}

}  // namespace sallyport::cli
