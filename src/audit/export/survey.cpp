#include "audit/export/survey.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "action/escape.hpp"
#include "audit/export/lines.hpp"
#include "base/crypto.hpp"
#include "journal/checkpoint.hpp"
#include "journal/line.hpp"

namespace sallyport::audit {
namespace {

constexpr std::size_t kKeys = 1000;

// What is taken over as it is into a file of its own must be safe to print: anybody may have written the line.
bool is_plain(std::string_view text) {
  return action::escape_for_people(text) == text;
}

bool is_note(std::string_view text) {
  std::string without_ends(text);
  std::erase(without_ends, '\n');
  return journal::SignedNote::read(text) && is_plain(without_ends);
}

class Surveyor {
 public:
  Surveyor(const Selection& wanted, Survey& into) : wanted_(wanted), survey_(into) {}

  Result<SurveyedFile> look_at(const logs::LogFile& file) {
    SurveyedFile found{.file = file};
    const auto read = read_lines(file, [&](std::string_view line) {
      if (const auto value = journal::parse_line(line)) take(*value, found);
      return true;
    });
    if (!read) return fail(read.error());
    Hasher hasher;
    const auto hashed = read_bytes(file, [&hasher](std::string_view bytes) -> Result<void> {
      hasher.bytes(bytes);
      return {};
    });
    if (!hashed) return fail(hashed.error());
    found.sha256 = hex(hasher.finish());
    return found;
  }

 private:
  void take(const json::Value& line, SurveyedFile& found) {
    const bool chosen = wanted_.passes(line);
    survey_.tally.take(line, chosen, wanted_.asked(line));
    survey_.policies.take(line, chosen);
    const auto event = line["event"].text();
    if (event == "checkpoint") {
      if (is_note(line["note"].text())) found.note = line["note"].text();
      found.signed_after = true;
    } else if (chosen) {
      found.signed_after = false;
    }
    if (chosen) ++found.chosen;
    if (event == "log_key" || event == "rotated") take_key(line["key"].text());
  }

  void take_key(std::string_view name) {
    if (survey_.keys.size() < kKeys && is_plain(name) && journal::read_verifier_key(name)) survey_.keys.emplace(name);
  }

  const Selection& wanted_;
  Survey& survey_;
};

}  // namespace

std::vector<SurveyedFile> covering(std::vector<SurveyedFile> files) {
  const auto has_chosen = [](const SurveyedFile& file) { return file.chosen > 0; };
  const auto first = std::ranges::find_if(files, has_chosen);
  if (first == files.end()) return {};
  auto last = std::ranges::find_if(files.rbegin(), files.rend(), has_chosen).base() - 1;
  while (!last->signed_after && std::next(last) != files.end()) ++last;
  return {std::move_iterator(first), std::move_iterator(std::next(last))};
}

Result<Survey> survey(const logs::FoundLogs& logs, const Selection& wanted) {
  Survey found;
  Surveyor surveyor(wanted, found);
  for (const auto& stream : logs.streams) {
    std::vector<SurveyedFile> files;
    for (const auto& file : stream.files) {
      auto surveyed = surveyor.look_at(file);
      if (!surveyed) return fail(surveyed.error());
      files.push_back(std::move(*surveyed));
    }
    auto needed = covering(std::move(files));
    if (!needed.empty()) found.streams.push_back({stream.name, std::move(needed)});
  }
  return found;
}

}  // namespace sallyport::audit
