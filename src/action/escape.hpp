#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sallyport::action {

// Text that an agent may have written, as people may see it in a terminal, a message or a page. What steers or hides
// text instead of being text (control characters, bidirectional marks, zero-width and other invisible characters,
// look-alikes of the blank, line separators, bytes that are no UTF-8) stands there as \uXXXX, or \UXXXXXXXX beyond
// U+FFFF. So does what passes for something else: letters that are written from right to left and move what stands
// beside them, letters of scripts that look like Latin ones in a word that mixes them, blanks at the end of a line.
//
// The only place where this is decided. What was escaped once stays as it is.
[[nodiscard]] std::string escape_for_people(std::string_view text);

// The same, and whatever is not ASCII besides: for two texts that look alike and are not the same.
[[nodiscard]] std::string escape_to_ascii(std::string_view text);

// May people take one for the other? They are as long, and differ only where either has a character that is not ASCII.
[[nodiscard]] bool looks_like(std::string_view text, std::string_view other);

struct ShownText {
  std::string text;
  bool cut = false;
};

// The same, at most `limit` bytes of it (and a mark that it was cut), never ending within a character.
[[nodiscard]] ShownText show_text(std::string_view text, std::size_t limit);

}  // namespace sallyport::action
