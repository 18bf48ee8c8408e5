#include "effects/line.hpp"

#include <algorithm>
#include <array>

namespace sallyport::effects {
namespace {

// In the order of Judge.
constexpr std::array<std::string_view, kJudges> kJudgeNames = {
    "removed",      "to_zero",       "tightened",    "finalizer_removed", "owner_added", "no_execute",
    "holds_secret", "mounts_secret", "token_secret", "system_namespace",  "speaks"};

std::unexpected<Error> no_path(std::string_view path) {
  return fail(ErrorCode::bad_input, std::string(path) + " is no path");
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

Result<Line> read_line(std::string_view effects) {
  Line line;
  if (effects == "-") return line;
  for (const auto part : split(effects, ',')) {
    if (part == "moved") {
      line.moved = true;
      continue;
    }
    const auto question = std::min(part.find('?'), part.size());
    const auto effect = model::parse_effect(part.substr(0, question));
    if (!effect) return fail(ErrorCode::bad_input, std::string(part) + " is no effect");
    if (question == part.size()) {
      line.effects |= {*effect};
      continue;
    }
    const auto judge = std::ranges::find(kJudgeNames, part.substr(question + 1));
    if (judge == kJudgeNames.end()) return fail(ErrorCode::bad_input, std::string(part) + " has no judge");
    line.judged.emplace_back(*effect, static_cast<Judge>(judge - kJudgeNames.begin()));
  }
  return line;
}

Result<std::vector<std::string>> read_steps(std::string_view path) {
  std::vector<std::string> steps;
  if (path == ".") return steps;
  const auto whole = path;
  while (!path.empty()) {
    if (path.starts_with("['")) {
      const auto end = path.find("']");
      if (end == std::string_view::npos) return no_path(whole);
      steps.emplace_back(path.substr(2, end - 2));
      path.remove_prefix(end + 2);
    } else {
      const auto end = std::min(path.find_first_of(".["), path.size());
      if (end == 0) return no_path(whole);
      steps.emplace_back(path.substr(0, end));
      path.remove_prefix(end);
    }
    if (path.starts_with('.')) {
      path.remove_prefix(1);
      if (path.empty()) return no_path(whole);
    }
  }
  return steps;
}

}  // namespace sallyport::effects
