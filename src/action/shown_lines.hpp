#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "model/action.hpp"

// Texts of several lines, as people see what becomes of them: by their lines, as `diff -u` writes it, and never whole
// beside each other.
//
// Such a difference stands where else a value does: in `to`, or in `from` of a text that is removed. A change has line
// differences if it holds a line break; in a value of any other kind there is none, since line breaks are escaped there
// (escape.hpp). So no object can hold a value that looks like a difference, and builds and definitions that know
// nothing of this show it all the same, and cover it by their seals.
namespace sallyport::action {

[[nodiscard]] bool has_several_lines(std::string_view text);

struct ShownLines {
  // "2000 lines" of a text that becomes another one; "": there was none.
  std::string from;
  // Lines that begin with " ", "-" or "+", under a "@@ -12,7 +12,7 @@" each; and with "\ " what is not to be seen in
  // them: which line ends changed, that the last one is missing, what an escaped character stands for.
  std::string lines;
  bool cut = false;
};

// At most `limit` bytes of it; all of it safe to print. Null: there is no text before, or none after.
[[nodiscard]] ShownLines show_lines(std::optional<std::string_view> before, std::optional<std::string_view> after,
                                    std::size_t limit);

// Null: the change has none.
[[nodiscard]] const std::string* line_differences(const model::ShownChange& change);

// Of line differences in a few words: "line 12: a -> b", or "-2 +5 lines" where there are more.
[[nodiscard]] std::string line_words(std::string_view differences);

}  // namespace sallyport::action
