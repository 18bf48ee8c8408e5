#include "cli/selection.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include <CLI/CLI.hpp>

#include "cli/facts.hpp"
#include "cli/gist.hpp"
#include "cli/ink.hpp"

namespace sallyport::cli {
namespace {

using model::ApprovalRequest;
using model::State;

constexpr std::string_view kAgentSelector = "agent=";
std::string lower(std::string_view word) {
  std::string text(word);
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return text;
}

bool is_in(const std::string& word, State state) {
  if (word == "open") return is_open(state);
  if (word == "ended") return !is_open(state);
  return word == lower(to_string(state));
}

// In which part of a list it stands.
int part_of(const ApprovalRequest& request) {
  if (request.status.state == State::pending) return 0;
  return request.status.state == State::approved ? 1 : 2;
}

using Before = std::function<bool(const ApprovalRequest&, const ApprovalRequest&)>;

template <typename Key>
Before by(Key key) {
  return [key](const auto& a, const auto& b) { return key(a) < key(b); };
}

Before before_by(std::string_view order) {
  const auto oldest = by([](const auto& request) { return request.created; });
  const auto newest = [oldest](const auto& a, const auto& b) { return oldest(b, a); };
  if (order == "oldest") return oldest;
  if (order == "newest") return newest;
  if (order == "object") return by([](const auto& request) { return object_of(request.spec.action); });
  if (order == "agent") return by([](const auto& request) { return request.spec.requester.agent; });
  if (order == "name") return by([](const auto& request) { return request.key.name; });
  const auto ends = by([](const auto& request) { return end_of(request); });
  return [newest, ends](const auto& a, const auto& b) { return is_open(a.status.state) ? ends(a, b) : newest(a, b); };
}

std::string why_no_duration(const std::string& text) {
  return parse_duration(text) ? std::string() : "no duration such as 90s or 1h30m: " + text;
}

std::string why_no_selector(const std::string& text) {
  const bool right = text.starts_with(kAgentSelector) && text.size() > kAgentSelector.size();
  return right ? std::string() : "only agent=AGENT can be selected by, not " + safe(text);
}

}  // namespace

void add_selection(CLI::App& command, Selection& selection, States states) {
  command.add_option("--agent", selection.agent, "Only requests of this agent")->type_name("AGENT");
  command
      .add_option_function<std::string>(
          "-l,--selector",
          [&selection](const std::string& text) { selection.agent = text.substr(kAgentSelector.size()); },
          "The same, as agent=AGENT")
      ->type_name("SELECTOR")
      ->check(why_no_selector, "")
      ->excludes("--agent");
  if (states == States::any) {
    const std::vector<std::string> words = {"pending", "approved",  "open",    "used", "denied",
                                            "expired", "withdrawn", "revoked", "ended"};
    command
        .add_option("--state", selection.states,
                    "Only requests in this state, or in one of several with commas between; open is pending or "
                    "approved, ended is all others")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember(words))
        ->type_name("STATE");
  }
  command.add_option("--plan", selection.plan, "Only requests that were asked ahead together, under this plan")
      ->type_name("PLAN");
  command.add_option("--older-than", selection.older_than, "Only requests older than this, such as 90s or 1h30m")
      ->type_name("DURATION")
      ->check(why_no_duration, "");
}

void add_order(CLI::App& command, std::string& order) {
  const std::vector<std::string> words = {"ends", "oldest", "newest", "object", "agent", "name"};
  command
      .add_option("--sort", order,
                  "Order within pending, approved and ended; by default the next to end first, and of the ended ones "
                  "the newest")
      ->check(CLI::IsMember(words))
      ->type_name("ORDER");
}

bool is_selected(const ApprovalRequest& request, const Selection& selection, Instant now) {
  if (!selection.agent.empty() && request.spec.requester.agent != selection.agent) return false;
  if (!selection.plan.empty() && request.spec.plan != selection.plan) return false;
  if (!selection.older_than.empty()) {
    const auto age = parse_duration(selection.older_than);
    if (!age || now - request.created <= *age) return false;
  }
  return selection.states.empty() ||
         std::ranges::any_of(selection.states, [&](const auto& word) { return is_in(word, request.status.state); });
}

bool is_open(State state) {
  return state == State::pending || state == State::approved;
}

void sort_for_people(std::vector<ApprovalRequest>& requests, std::string_view order) {
  const auto before = before_by(order);
  std::ranges::sort(requests, [&before](const auto& a, const auto& b) {
    if (part_of(a) != part_of(b)) return part_of(a) < part_of(b);
    if (before(a, b) || before(b, a)) return before(a, b);
    return a.key < b.key;
  });
}

}  // namespace sallyport::cli
