#include "doctor/view.hpp"

#include <string_view>
#include <vector>

#include "cli/plain_data.hpp"
#include "cli/words.hpp"

namespace sallyport::doctor {
namespace {

using cli::Colour;
using cli::safe;

constexpr std::size_t kIndent = 4;

std::string_view word_of(Mark mark) {
  switch (mark) {
    case Mark::ok:
      return "ok";
    case Mark::warning:
      return "warning";
    case Mark::fault:
      return "fault";
  }
  return "";
}

std::string mark_of(Mark mark, const cli::Page& page) {
  switch (mark) {
    case Mark::ok:
      return page.ink(Colour::green, "√");
    case Mark::warning:
      return page.ink(Colour::yellow, "‼");
    case Mark::fault:
      return page.ink(Colour::red, "×");
  }
  return "";
}

std::string in_width(const std::string& text, const cli::Page& page) {
  if (page.width == std::string::npos) return text;
  return cli::wrapped(text, page.width > kIndent ? page.width - kIndent : 0, kIndent);
}

std::string line_of(const std::string& text, const cli::Page& page) {
  return page.width == std::string::npos ? text : cli::cut_to(text, page.width > kIndent ? page.width - kIndent : 0);
}

// Faults before warnings, each in the order of the checks.
std::vector<const Finding*> worst_first(const Report& report) {
  std::vector<const Finding*> findings;
  for (const auto mark : {Mark::fault, Mark::warning}) {
    for (const auto& finding : report.findings()) {
      if (finding.mark == mark) findings.push_back(&finding);
    }
  }
  return findings;
}

std::string details_of(const Finding& finding, const cli::Page& page) {
  const std::string indent(kIndent, ' ');
  std::string text = mark_of(finding.mark, page) + "   " + page.ink(Colour::bold, safe(finding.check)) + "\n";
  text += indent + in_width(safe(finding.says) + ".", page) + "\n";
  if (!finding.todo.empty()) {
    text += indent + in_width(safe(finding.todo) + (finding.command.empty() ? "." : ":"), page) + "\n";
  }
  if (!finding.command.empty()) text += indent + page.ink(Colour::cyan, safe(finding.command)) + "\n";
  return text;
}

std::string summary(const Report& report) {
  const auto faults = report.count(Mark::fault), warnings = report.count(Mark::warning);
  if (faults == 0 && warnings == 0) return "all is well";
  return cli::count_words(faults, "fault") + ", " + cli::count_words(warnings, "warning") + "; " +
         (faults > 0 ? "agents may be refused, or pass around the gate" : "it works; see whether these are meant so");
}

}  // namespace

std::string screen(const Report& report, const std::string& where, const cli::Page& page) {
  std::string text = page.ink(Colour::bold, line_of(safe(where), page)) + "\n" + line_of(summary(report), page) + "\n";
  const auto findings = worst_first(report);
  if (!findings.empty()) text += "\n";
  for (const auto* finding : findings) {
    text += mark_of(finding->mark, page) + "   " + line_of(safe(finding->says), page) + "\n";
  }
  for (const auto* finding : findings) text += "\n" + details_of(*finding, page);
  text += "\n";
  for (const auto& finding : report.findings()) {
    if (finding.mark == Mark::ok) text += mark_of(Mark::ok, page) + "   " + line_of(safe(finding.check), page) + "\n";
  }
  return text;
}

std::string as_json(const Report& report) {
  auto checks = json::Value::array();
  for (const auto& finding : report.findings()) {
    auto entry = json::Value::object();
    entry.set("check", finding.check).set("mark", word_of(finding.mark));
    if (finding.mark != Mark::ok) {
      entry.set("says", finding.says).set("todo", finding.todo).set("command", finding.command);
    }
    checks.push(std::move(entry));
  }
  auto whole = json::Value::object();
  whole.set("ok", report.count(Mark::fault) == 0).set("checks", std::move(checks));
  return cli::to_json(whole);
}

}  // namespace sallyport::doctor
