#include "audit/export/csv.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "action/escape.hpp"
#include "audit/filter.hpp"
#include "audit/row.hpp"
#include "journal/line.hpp"

namespace sallyport::audit {
namespace {

// Spreadsheets hold 32,767 characters in a cell, and drop the rest without a word.
constexpr std::size_t kCellLimit = 32'000;

// The fullwidth forms count too where text is typed in East Asian languages.
constexpr std::array<std::string_view, 8> kFormulas{"=", "+", "-", "@", "＝", "＋", "－", "＠"};

bool begins_formula(std::string_view text) {
  return std::ranges::any_of(kFormulas, [text](std::string_view sign) { return text.starts_with(sign); });
}

std::string number_or_text(const json::Value& value) {
  if (const auto number = value.integer()) return fmt::format("{}", *number);
  return std::string(value.text());
}

std::string first_of(const json::Value& line, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) {
    if (!line[key].text().empty()) return std::string(line[key].text());
  }
  return "";
}

// What the line says itself, else what its request says.
std::string own_or(const json::Value& line, std::string_view key, const Asked* asked, std::string Asked::* part) {
  if (auto own = first_of(line, {key}); !own.empty() || asked == nullptr) return own;
  return asked->*part;
}

struct Column {
  std::string_view name;
  std::string (*of)(const Record& record, const Asked* asked);
};

constexpr Column kColumns[] = {
    {"time", [](const Record& record, const Asked*) { return first_of(record.line, {"time"}); }},
    {"stream", [](const Record& record, const Asked*) { return first_of(record.line, {"stream"}); }},
    {"seq", [](const Record& record, const Asked*) { return number_or_text(record.line["seq"]); }},
    {"event", [](const Record& record, const Asked*) { return first_of(record.line, {"event"}); }},
    {"kind", [](const Record& record, const Asked*) { return first_of(record.line, {"kind"}); }},
    {"request", [](const Record& record, const Asked*) { return first_of(record.line, {"request"}); }},
    {"agent",
     [](const Record& record, const Asked* asked) { return own_or(record.line, "agent", asked, &Asked::agent); }},
    {"username",
     [](const Record& record, const Asked* asked) { return own_or(record.line, "username", asked, &Asked::username); }},
    {"operation", [](const Record& record,
                     const Asked* asked) { return own_or(record.line, "operation", asked, &Asked::operation); }},
    {"resource",
     [](const Record& record, const Asked* asked) { return own_or(record.line, "resource", asked, &Asked::resource); }},
    {"namespace",
     [](const Record& record, const Asked* asked) { return std::string(namespace_of(record.line, asked)); }},
    {"name", [](const Record& record, const Asked* asked) { return own_or(record.line, "name", asked, &Asked::name); }},
    {"summary",
     [](const Record& record, const Asked* asked) { return own_or(record.line, "summary", asked, &Asked::summary); }},
    {"who", [](const Record& record, const Asked*) { return people_of(record.line); }},
    {"verdict", [](const Record& record, const Asked*) { return first_of(record.line, {"verdict"}); }},
    {"result",
     [](const Record& record, const Asked*) { return first_of(record.line, {"came_of_it", "result", "status"}); }},
    {"code", [](const Record& record, const Asked*) { return number_or_text(record.line["code"]); }},
    {"why", [](const Record& record, const Asked*) { return first_of(record.line, {"why", "reason", "comment"}); }},
    {"digest", [](const Record& record, const Asked*) { return first_of(record.line, {"digest"}); }},
    {"sha256", [](const Record& record, const Asked*) { return journal::head_of(record.text); }},
};

template <typename CellOf>
std::string row(CellOf cell_of) {
  std::string cells;
  for (const auto& column : kColumns) cells += (cells.empty() ? "" : ",") + csv_cell(cell_of(column));
  return cells + "\r\n";
}

}  // namespace

std::string csv_cell(std::string_view text) {
  const auto shown = action::show_text(text, kCellLimit).text;
  std::string cell = "\"";
  // A cell begins where the text does; and behind each semicolon for a spreadsheet whose language separates by those.
  bool may_begin = true;
  for (std::size_t at = 0; at < shown.size(); ++at) {
    const char character = shown[at];
    if (may_begin && begins_formula(std::string_view(shown).substr(at))) cell += '\'';
    may_begin = character == ';' || (may_begin && (character == ' ' || character == '"'));
    cell += character == '"' ? "\"\"" : std::string(1, character);
  }
  return cell + '"';
}

std::string csv_heading() {
  return row([](const Column& column) { return column.name; });
}

std::string csv_row(const Record& record, const Asked* asked) {
  return row([&](const Column& column) { return column.of(record, asked); });
}

}  // namespace sallyport::audit
