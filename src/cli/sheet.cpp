#include "cli/sheet.hpp"

#include <algorithm>

namespace sallyport::cli {
namespace {

constexpr std::size_t kLabel = 10;

std::string padded(std::string_view label) {
  std::string text(label);
  text.append(kLabel - std::min(kLabel, label.size()), ' ');
  return text;
}

}  // namespace

std::string Sheet::broken(std::string_view text, std::size_t indent) const {
  if (page_.width == std::string::npos) return std::string(text);
  return wrapped(text, page_.width > indent ? page_.width - indent : 0, indent);
}

void Sheet::add(std::string_view label, std::string_view text) {
  add_as_it_is(label, broken(text, kLabel));
}

void Sheet::add_as_it_is(std::string_view label, std::string_view text) {
  text_ += page_.ink(Colour::bold, padded(label)) + std::string(text) + "\n";
}

void Sheet::add_item(std::string_view mark, std::string_view text) {
  text_.append(kLabel, ' ') += std::string(mark) + broken(text, kLabel + mark.size()) + "\n";
}

void Sheet::add_item(std::string_view mark, std::string_view text, Colour colour) {
  text_.append(kLabel, ' ') += page_.ink(colour, std::string(mark) + broken(text, kLabel + mark.size())) + "\n";
}

}  // namespace sallyport::cli
