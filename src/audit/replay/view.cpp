#include "audit/replay/view.hpp"

#include <map>

#include <fmt/format.h>

#include "action/escape.hpp"

namespace sallyport::audit {
namespace {

constexpr std::string_view kColumns = "{:<19}  {:<10} {:<40} {:<44} {:<44} {}\n";

std::string where(const Place& at) {
  return at.file + ":" + std::to_string(at.line);
}

std::string shown(std::string_view text) {
  return text.empty() ? "-" : action::escape_for_people(text);
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// Why, and how many for that reason.
std::string untold(const std::vector<Finding>& findings) {
  struct Reason {
    std::size_t count = 0;
    std::string first;
  };
  std::map<std::string, Reason> reasons;
  for (const auto& finding : findings) {
    if (finding.sameness != Sameness::unknown) continue;
    auto& reason = reasons[finding.again];
    if (reason.count++ == 0) reason.first = where(finding.at);
  }
  std::string text;
  for (const auto& [why, reason] : reasons) {
    text += fmt::format("cannot be told: {} (the first at {}): {}\n", reason.count, shown(reason.first), shown(why));
  }
  return text;
}

}  // namespace

Counts count(const std::vector<Finding>& findings) {
  Counts counts;
  for (const auto& finding : findings) {
    if (finding.sameness == Sameness::same) ++counts.same;
    if (finding.sameness == Sameness::differs) ++counts.differ;
    if (finding.sameness == Sameness::unknown) ++counts.unknown;
  }
  return counts;
}

std::string replay_view(const std::vector<Finding>& findings) {
  const auto counts = count(findings);
  std::string text;
  if (counts.differ > 0) text = fmt::format(kColumns, "TIME (UTC)", "WHAT", "REQUEST", "RECORDED", "AGAIN", "WHERE");
  for (const auto& finding : findings) {
    if (finding.sameness != Sameness::differs) continue;
    text +=
        fmt::format(kColumns, format_instant(finding.at.time).substr(0, 19), shown(finding.what),
                    shown(finding.request), shown(finding.recorded), shown(finding.again), shown(where(finding.at)));
  }
  text += untold(findings);
  return text + fmt::format("{} the same, {}, {} cannot be told\n", counts.same,
                            counted(counts.differ, "differs", "differ"), counts.unknown);
}

json::Value replay_json(const std::vector<Finding>& findings) {
  auto list = json::Value::array();
  for (const auto& finding : findings) {
    if (finding.sameness == Sameness::same) continue;
    auto object = json::Value::object();
    object.set("result", finding.sameness == Sameness::differs ? "differs" : "unknown").set("what", finding.what);
    object.set("request", finding.request).set("agent", finding.agent).set("namespace", finding.namespace_name);
    object.set("recorded", finding.recorded).set("again", finding.again);
    object.set("time", format_instant(finding.at.time)).set("file", finding.at.file).set("line", finding.at.line);
    object.set("stream", finding.at.stream).set("seq", finding.at.seq);
    list.push(std::move(object));
  }
  const auto counts = count(findings);
  auto numbers = json::Value::object();
  numbers.set("same", std::uint64_t{counts.same}).set("differ", std::uint64_t{counts.differ});
  numbers.set("unknown", std::uint64_t{counts.unknown});
  return json::Value::object().set("counts", std::move(numbers)).set("findings", std::move(list));
}

}  // namespace sallyport::audit
