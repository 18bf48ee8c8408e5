#include "action/shown_lines.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "action/escape.hpp"
#include "action/line_diff.hpp"

namespace sallyport::action {
namespace {

constexpr std::size_t kContext = 3;
constexpr std::string_view kCutMark = "\\ the rest is cut\n";
constexpr std::string_view kNoNewline = "\\ No newline at end of text\n";

using Lines = std::vector<std::string_view>;

bool ends_in_crlf(std::string_view line) {
  return line.ends_with("\r\n");
}

// Whether a text's lines all end alike; of one without a line break that cannot be told.
enum class LineEnds : std::uint8_t { none, lf, crlf, mixed };

LineEnds line_ends_of(const Lines& lines) {
  auto ends = LineEnds::none;
  for (const auto line : lines) {
    if (!line.ends_with('\n')) continue;
    const auto own = ends_in_crlf(line) ? LineEnds::crlf : LineEnds::lf;
    if (ends != LineEnds::none && ends != own) return LineEnds::mixed;
    ends = own;
  }
  return ends;
}

// Without the line break, and without the carriage return where all lines have one and it is said elsewhere.
std::string_view content_of(std::string_view line, bool leave_out_cr) {
  if (!line.ends_with('\n')) return line;
  line.remove_suffix(1);
  if (leave_out_cr && line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Lines as they are compared: where each line end becomes another one, that is one fact, and no change of each line.
Lines without_cr(const Lines& lines, std::vector<std::string>& keep) {
  keep.reserve(lines.size());
  Lines plain;
  plain.reserve(lines.size());
  for (const auto line : lines) {
    if (!ends_in_crlf(line)) {
      plain.push_back(line);
      continue;
    }
    keep.push_back(std::string(line.substr(0, line.size() - 2)) + '\n');
    plain.push_back(keep.back());
  }
  return plain;
}

// Changes with the equal lines around them, as long as those do not overlap: what stands under one "@@".
struct Hunk {
  LineChange lines;
  std::vector<LineChange> changes;
};

std::vector<Hunk> hunks_of(const std::vector<LineChange>& changes, std::size_t old_size) {
  std::vector<Hunk> hunks;
  for (const auto& change : changes) {
    const auto before = std::min(kContext, change.old_begin);
    const auto old_end = change.old_begin + change.old_count;
    const auto after = std::min(kContext, old_size - old_end);
    const LineChange lines{change.old_begin - before, before + change.old_count + after, change.new_begin - before,
                           before + change.new_count + after};
    if (!hunks.empty() && hunks.back().lines.old_begin + hunks.back().lines.old_count >= lines.old_begin) {
      auto& last = hunks.back();
      last.lines.old_count = lines.old_begin + lines.old_count - last.lines.old_begin;
      last.lines.new_count = lines.new_begin + lines.new_count - last.lines.new_begin;
      last.changes.push_back(change);
    } else {
      hunks.push_back({lines, {change}});
    }
  }
  return hunks;
}

// "12,7"; where there are no lines, behind which one: as `diff -u` has it.
std::string range_words(std::size_t begin, std::size_t count) {
  if (count == 1) return std::to_string(begin + 1);
  return fmt::format("{},{}", count == 0 ? begin : begin + 1, count);
}

class Writer {
 public:
  Writer(Lines before, Lines after, bool ends_change, std::size_t limit)
      : before_(std::move(before)),
        after_(std::move(after)),
        ends_change_(ends_change),
        limit_(limit - std::min(limit, kCutMark.size())) {}

  void write(const std::vector<Hunk>& hunks) {
    for (const auto& hunk : hunks) write(hunk);
    if (has_trailing_blanks_) add("\\ \\u0020 at the end of a line: a blank\n");
    if (has_crlf_) add("\\ \\u000d at the end of a line: its line end is CRLF\n");
    if (has_lone_cr_) add("\\ \\u000d within a line, or at the end of the text: a carriage return\n");
    if (cut_) text_ += kCutMark;
  }
  void add(const std::string& line) {
    cut_ = cut_ || text_.size() + line.size() > limit_;
    if (!cut_) text_ += line;
  }

  [[nodiscard]] bool is_cut() const { return cut_; }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void write(const Hunk& hunk) {
    if (cut_) return;
    const auto& [old_begin, old_count, new_begin, new_count] = hunk.lines;
    add(fmt::format("@@ -{} +{} @@\n", range_words(old_begin, old_count), range_words(new_begin, new_count)));
    auto in_old = old_begin;
    for (const auto& change : hunk.changes) {
      while (in_old < change.old_begin) add_line(' ', before_[in_old++], "");
      // As many lines as before: each of them is likely to be the other's.
      const bool paired = change.old_count == change.new_count;
      for (std::size_t i = 0; i < change.old_count; ++i)
        add_line('-', before_[change.old_begin + i], paired ? after_[change.new_begin + i] : "");
      for (std::size_t i = 0; i < change.new_count; ++i)
        add_line('+', after_[change.new_begin + i], paired ? before_[change.old_begin + i] : "");
      in_old += change.old_count;
    }
    while (in_old < old_begin + old_count) add_line(' ', before_[in_old++], "");
  }

  // `other`: the line in whose place it stands.
  void add_line(char sign, std::string_view line, std::string_view other) {
    if (cut_) return;
    const auto content = content_of(line, ends_change_);
    auto shown = looks_like(content, content_of(other, ends_change_)) ? escape_to_ascii(content)
                                                                      : show_text(content, limit_).text;
    if (sign != ' ') note(content, line.ends_with('\n'));
    // A blank alone would be one at a line's end, and an empty line says the same.
    add((sign == ' ' && shown.empty() ? "" : std::string(1, sign)) + shown + "\n");
    if (!line.ends_with('\n')) add(std::string(kNoNewline));
  }

  void note(std::string_view content, bool has_line_end) {
    if (has_line_end && content.ends_with('\r')) {
      has_crlf_ = true;
      content.remove_suffix(1);
    }
    has_lone_cr_ = has_lone_cr_ || content.contains('\r');
    has_trailing_blanks_ = has_trailing_blanks_ || content.ends_with(' ');
  }

  Lines before_, after_;
  bool ends_change_;
  std::size_t limit_;
  std::string text_;
  bool cut_ = false;
  bool has_trailing_blanks_ = false;
  bool has_crlf_ = false;
  bool has_lone_cr_ = false;
};

// The number at the front of a text.
std::size_t first_number(std::string_view text) {
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

bool has_several_lines(std::string_view text) {
  return text.contains('\n');
}

ShownLines show_lines(std::optional<std::string_view> before, std::optional<std::string_view> after,
                      std::size_t limit) {
  auto old_lines = split_lines(before.value_or(""));
  auto new_lines = split_lines(after.value_or(""));
  const auto old_ends = line_ends_of(old_lines);
  const auto new_ends = line_ends_of(new_lines);
  const bool ends_change = (old_ends == LineEnds::lf && new_ends == LineEnds::crlf) ||
                           (old_ends == LineEnds::crlf && new_ends == LineEnds::lf);
  std::vector<std::string> kept;
  const auto& compared_old = ends_change && old_ends == LineEnds::crlf ? without_cr(old_lines, kept) : old_lines;
  const auto& compared_new = ends_change && new_ends == LineEnds::crlf ? without_cr(new_lines, kept) : new_lines;
  const auto changes = diff_lines(compared_old, compared_new);

  ShownLines shown;
  if (before && after) shown.from = fmt::format("{} line{}", old_lines.size(), old_lines.size() == 1 ? "" : "s");
  const auto hunks = hunks_of(changes, old_lines.size());
  Writer writer(std::move(old_lines), std::move(new_lines), ends_change, limit);
  if (ends_change)
    writer.add(old_ends == LineEnds::lf ? "\\ all line ends: LF -> CRLF\n" : "\\ all line ends: CRLF -> LF\n");
  writer.write(hunks);
  shown.cut = writer.is_cut();
  shown.lines = writer.take();
  return shown;
}

const std::string* line_differences(const model::ShownChange& change) {
  for (const auto* side : {&change.to, &change.from}) {
    if (*side && (*side)->contains('\n')) return &**side;
  }
  return nullptr;
}

std::string line_words(std::string_view differences) {
  std::size_t gone = 0, come = 0, line = 0, first_gone = 0;
  std::string_view old_line, new_line;
  for (auto text : split_lines(differences)) {
    text = content_of(text, false);
    if (text.starts_with("@@ -")) line = first_number(text.substr(4));
    const bool is_old = text.starts_with('-');
    if (is_old && gone++ == 0) {
      old_line = text.substr(1);
      first_gone = line;
    }
    if (text.starts_with('+') && come++ == 0) new_line = text.substr(1);
    if (is_old || text.empty() || text.starts_with(' ')) ++line;
  }
  if (gone == 1 && come == 1) return fmt::format("line {}: {} -> {}", first_gone, old_line, new_line);
  if (gone + come == 0) {
    const auto remark = content_of(differences.substr(0, differences.find('\n')), false);
    return std::string(remark.starts_with("\\ ") ? remark.substr(2) : remark);
  }
  std::string words;
  if (gone > 0) words += fmt::format("-{} ", gone);
  if (come > 0) words += fmt::format("+{} ", come);
  return words + (gone + come == 1 ? "line" : "lines");
}

}  // namespace sallyport::action
