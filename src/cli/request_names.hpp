#pragma once

#include <string>
#include <string_view>
#include <vector>

// How people say which request they mean. A request's name is its policy's, "-", and twelve letters that no two
// requests share: "promote-image-7f3c9a1b2c4d".
namespace sallyport::cli {

// What stands behind the kind, where one stands before it: of "areq/NAME" and of what `-o name` prints. Anything else
// stays as it is.
[[nodiscard]] std::string_view without_kind(std::string_view typed);

// Which of the known names are meant: the very name, or all that begin so, or whose last part does. At least four
// characters, so that a slip of the keys names nothing.
[[nodiscard]] std::vector<std::string> names_meant(std::string_view typed, const std::vector<std::string>& known);

// Of a name that means several: "; it matches 2 names (promote-x, promote-y): type more of the name".
[[nodiscard]] std::string several_words(const std::vector<std::string>& meant);

// The fewest letters of the last part, five at least, by which a name is meant and no other of the known ones; the
// whole name where there are none.
[[nodiscard]] std::string short_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace sallyport::cli
