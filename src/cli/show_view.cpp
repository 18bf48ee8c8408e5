#include "cli/show_view.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "action/line_diff.hpp"
#include "action/phrases.hpp"
#include "action/shown_lines.hpp"
#include "cli/facts.hpp"
#include "cli/sheet.hpp"
#include "cli/words.hpp"
#include "json/path.hpp"

namespace sallyport::cli {
namespace {

using model::ApprovalRequest;
using model::ShownChange;
using model::State;

// Of a difference on one screen.
constexpr std::size_t kMostChanges = 12;
constexpr std::size_t kLongestValue = 300;
constexpr std::size_t kMostLines = 40;  // of one text

std::string target_words(const model::Kubernetes& action) {
  const auto& resource = action.target.resource;
  std::string words(model::to_string(action.operation));
  words += " " + resource.resource + (resource.group.empty() ? "" : "." + resource.group);
  if (!resource.subresource.empty()) words += "/" + resource.subresource;
  words += " ";
  if (!action.target.namespace_name.empty()) words += action.target.namespace_name + "/";
  return safe(words + action.target.name);
}

// Before all else: why it would be refused if no policy asked people.
void add_guarded(Sheet& sheet, const ApprovalRequest& request) {
  const auto* action = request.spec.action.kubernetes();
  if (action == nullptr) return;
  std::string_view label = "Guarded";
  for (const auto& rule : action->guarded) {
    const auto why = action::guard_sentence(rule);
    sheet.add(label, safe(action::guard_words(rule)) + (why.empty() ? "" : ": " + std::string(why)));
    label = "";
  }
}

void add_who(Sheet& sheet, const ApprovalRequest& request) {
  const auto& requester = request.spec.requester;
  sheet.add("Who", "agent " + safe(requester.agent) + ", " + safe(requester.user.username));
  if (!requester.user.pod.empty()) {
    const std::string node = requester.user.node.empty() ? "" : " on node " + safe(requester.user.node);
    sheet.add("", "in pod " + safe(requester.user.pod) + node);
  }
  sheet.add("", "asked " + time_words(request.created, sheet.page().now));
  if (!request.spec.plan.empty()) sheet.add("Plan", safe(request.spec.plan) + ", asked ahead of the agent's command");
}

void add_connect(Sheet& sheet, const model::Connect& connect) {
  if (!connect.container.empty()) sheet.add("", "container " + safe(connect.container));
  // Each argument by itself: blanks in them would read like more of them.
  for (const auto& argument : connect.command) sheet.add_item("$ ", safe(argument), Colour::cyan);
  std::vector<std::string> with;
  if (connect.stdin_attached) with.emplace_back("stdin");
  if (connect.tty) with.emplace_back("a terminal");
  if (!with.empty()) sheet.add("", "with " + joined(with, " and "));
}

void add_what(Sheet& sheet, const ApprovalRequest& request) {
  const auto& action = request.spec.action;
  sheet.add("What", safe(action.summary));
  if (const auto* unknown = action.unknown()) {
    sheet.add("", safe(unknown->what) + ", which this version of Sallyport does not know");
    return;
  }
  const auto& kubernetes = *action.kubernetes();
  sheet.add("", target_words(kubernetes));
  if (const auto does = action::effect_words(kubernetes.effects); !does.empty()) {
    sheet.add("", "does: " + safe(joined(does)));
  }
  if (kubernetes.connect) add_connect(sheet, *kubernetes.connect);
  if (!kubernetes.options.empty()) sheet.add("", "options " + safe(kubernetes.options));
  if (answers_with_secret(kubernetes)) {
    sheet.add(
        "",
        "The API server's answer shows the agent all values of the Secret, so even an unchanged one is asked about.");
  }
}

class Difference {
 public:
  Difference(Sheet& sheet, Detail detail) : sheet_(sheet), detail_(detail) {}

  void add(const model::ActionRecord& action) {
    if (action.changes.empty() && !action.truncated) return;
    sheet_.add_gap();
    const std::size_t most = detail_ == Detail::everything ? action.changes.size() : kMostChanges;
    const auto shown = std::span(action.changes).first(std::min(most, action.changes.size()));
    for (auto left = shown; !left.empty();) left = left.subspan(add_first(left));
    const std::size_t left = action.changes.size() - std::min(most, action.changes.size());
    if (left > 0) sheet_.add("", "and " + count_words(left, "more field") + ": show them with --full");
    if (cut_) sheet_.add("", "long values are cut: show them with --full");
    if (action.truncated) {
      sheet_.add_item("! ", "the change is too large to be shown whole: not all that would run is here", Colour::red);
    }
  }

 private:
  // The first one, or all from there on that are new in one place, which is named once. How many those were.
  std::size_t add_first(std::span<const ShownChange> changes) {
    const auto parent = parent_of_new(changes.front());
    std::size_t count = 1;
    while (parent && count < changes.size() && parent_of_new(changes[count]) == parent) ++count;
    if (count == 1) {
      add(changes.front());
      return 1;
    }
    sheet_.add(std::exchange(label_, ""), safe(json::to_string(*parent)));
    for (const auto& change : changes.first(count)) {
      const json::Path key({place_of(change)->steps().back()});
      sheet_.add_item("+ ", safe(json::to_string(key)) + ": " + value(*change.to), Colour::green);
    }
    return count;
  }

  static std::optional<json::Path> place_of(const ShownChange& change) {
    const auto pattern = json::PathPattern::parse(change.path);
    return pattern ? pattern->as_path() : std::nullopt;
  }

  // What holds it; nothing: it is not new, or needs more than a line, or is at the top.
  static std::optional<json::Path> parent_of_new(const ShownChange& change) {
    if (change.from || !change.to || change.redacted || change.ignored) return std::nullopt;
    if (action::line_differences(change) != nullptr) return std::nullopt;
    const auto place = place_of(change);
    if (!place || place->steps().size() < 2) return std::nullopt;
    return json::Path({place->steps().begin(), place->steps().end() - 1});
  }

  void add(const ShownChange& change) {
    sheet_.add(std::exchange(label_, ""),
               safe(change.path) + (change.ignored ? " (may hold anything: the policies ignore it)" : ""));
    if (const auto* lines = action::line_differences(change)) return add_lines(*lines);
    if (change.redacted) return sheet_.add_item("  ", "hidden: what a Secret holds is shown to nobody", Colour::dim);
    if (change.from) sheet_.add_item("- ", value(*change.from), Colour::red);
    if (change.to) sheet_.add_item("+ ", value(*change.to), Colour::green);
  }

  void add_lines(std::string_view differences) {
    const auto lines = action::split_lines(differences);
    const auto most = detail_ == Detail::everything ? lines.size() : std::min(kMostLines, lines.size());
    for (std::size_t i = 0; i < most; ++i) add_line(lines[i].substr(0, lines[i].size() - 1));
    if (most == lines.size()) return;
    sheet_.add_item("\\ ", count_words(lines.size() - most, "more line") + " of the difference", Colour::dim);
    cut_ = true;
  }

  // As in `diff -u`, and of another colour each.
  void add_line(std::string_view line) {
    if (line.empty()) return sheet_.add_gap();
    const auto rest = line.substr(1);
    switch (line.front()) {
      case '-':
        return sheet_.add_item(rest.empty() ? "-" : "- ", rest.empty() ? "" : value(rest), Colour::red);
      case '+':
        return sheet_.add_item(rest.empty() ? "+" : "+ ", rest.empty() ? "" : value(rest), Colour::green);
      case '@':
        return sheet_.add_item("", safe(line), Colour::cyan);
      case ' ':
        return sheet_.add_item("  ", value(rest));
      default:
        return sheet_.add_item("\\", safe(rest), Colour::dim);
    }
  }

  std::string value(std::string_view text) {
    std::string shown = safe(text);
    if (detail_ == Detail::everything || columns_of(shown) <= kLongestValue) return shown.empty() ? "\"\"" : shown;
    cut_ = true;
    return cut_to(shown, kLongestValue);
  }

  Sheet& sheet_;
  Detail detail_;
  std::string_view label_ = "Change";
  bool cut_ = false;
};

void add_why(Sheet& sheet, const ApprovalRequest& request) {
  sheet.add_gap();
  if (request.spec.reason.empty()) return sheet.add("Why", "the agent gave no reason");
  sheet.add("Why", "\"" + safe(request.spec.reason) + "\"");
  sheet.add("", "(the agent's own words; nobody checked them)");
}

void add_before(Sheet& sheet, const ApprovalRequest& request) {
  const auto before = condition_words(request, model::kAskedBefore);
  const auto anew = condition_words(request, model::kAsksAnew);
  if (!before.empty() || !anew.empty()) sheet.add_gap();
  if (!before.empty()) sheet.add("Before", before);
  if (!anew.empty()) sheet.add("Anew", anew);
}

void add_policies(Sheet& sheet, const ApprovalRequest& request) {
  const auto evaluation = evaluation_of(request);
  sheet.add_gap();
  std::string_view label = "Asked by";
  for (const auto& policy : request.spec.policies) {
    sheet.add(label, safe(policy.ref.kind) + " " + safe(policy.ref.name));
    label = "";
    for (const auto& progress : evaluation.progress) {
      if (progress.policy != policy::policy_id(policy.ref)) continue;
      const auto found = std::ranges::find(policy.approval.requirements, progress.name, &model::Requirement::name);
      const bool met = progress.approved >= progress.required;
      sheet.add_item(met ? "[x] " : "[ ] ",
                     safe(progress.name) + ": " + std::to_string(progress.approved) + " of " +
                         std::to_string(progress.required) +
                         (found == policy.approval.requirements.end() ? "" : ", from " + approver_words(*found)),
                     met ? Colour::green : Colour::yellow);
    }
    if (!policy.message.empty()) sheet.add_item("    ", "\"" + safe(policy.message) + "\"");
  }
}

void add_reviews(Sheet& sheet, const ApprovalRequest& request) {
  std::string_view label = "Reviews";
  for (const auto& review : request.spec.reviews) {
    std::string words = safe(review.reviewer) + ": " + std::string(model::to_string(review.verdict)) + ", " +
                        relative_words(review.time, sheet.page().now);
    if (!review.comment.empty()) words += ", \"" + safe(review.comment) + "\"";
    if (review.seal.empty()) words += " (does not count: Sallyport did not seal it)";
    sheet.add(label, words);
    label = "";
  }
}

void add_cooldown(Sheet& sheet, const ApprovalRequest& request) {
  const auto until = request.status.cooldown_until;
  if (request.status.state != State::denied || sheet.page().now >= until) return;
  sheet.add("Cooldown",
            "the same action is refused without asking anybody until " + until_words(until, sheet.page().now) +
                ". If the denial was a mistake: whoever may delete this request ends the cooldown with "
                "`kubectl delete approvalrequest " +
                safe(request.key.name) + " -n " + safe(request.key.namespace_name) + "`; the log keeps both");
}

void add_state(Sheet& sheet, const ApprovalRequest& request) {
  const Instant now = sheet.page().now;
  sheet.add_gap();
  if (request.status.state == State::pending) {
    std::string_view label = "Missing";
    for (const auto& words : missing_words(request)) {
      sheet.add(label, words);
      label = "";
    }
    sheet.add("Ends", time_words(request.spec.expires_at, now) + ", if nobody decides");
    return;
  }
  sheet.add("Decided", outcome_words(request, sheet.page()));
  if (request.status.decision && request.status.decision->reason == model::kAskedAnew) {
    sheet.add("", condition_words(request, "Decided"));
  }
  if (!request.status.uses.empty()) sheet.add("", std::string(model::kUnseenOutcome));
  add_cooldown(sheet, request);
  if (request.status.state == State::approved) {
    const std::size_t used = request.status.uses.size();
    const std::size_t left = model::uses_allowed(request.spec.policies) -
                             std::min<std::size_t>(model::uses_allowed(request.spec.policies), used);
    sheet.add("Ends", time_words(end_of(request), now) + ": until then the agent may do it " +
                          (left == 1 ? "once" : std::to_string(left) + " times"));
  }
}

}  // namespace

std::string show_view(const ApprovalRequest& request, const Page& page, Detail detail) {
  Sheet sheet(page);
  sheet.add_as_it_is("Request", page.ink(Colour::bold, safe(request.key.name)) + " in namespace " +
                                    safe(request.key.namespace_name) + ": " + state_word(request, page));
  add_guarded(sheet, request);
  add_who(sheet, request);
  add_what(sheet, request);
  Difference(sheet, detail).add(request.spec.action);
  add_why(sheet, request);
  add_before(sheet, request);
  add_policies(sheet, request);
  add_reviews(sheet, request);
  add_state(sheet, request);
  sheet.add_as_it_is("Digest", safe(request.spec.action.digest));
  return sheet.text();
}

}  // namespace sallyport::cli
