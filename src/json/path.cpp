#include "json/path.hpp"

#include <algorithm>

#include "json/plain_key.hpp"

namespace sallyport::json {
namespace {

void append_key(std::string& text, std::string_view key) {
  if (!key.empty() && std::ranges::all_of(key, is_plain)) {
    if (!text.empty()) text += '.';
    text += key;
    return;
  }
  text += "['";
  for (const char c : key) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  text += "']";
}

}  // namespace

Path Path::operator/(std::string_view key) const {
  Path longer = *this;
  longer.steps_.emplace_back(std::string(key));
  return longer;
}

Path Path::operator/(std::size_t index) const {
  Path longer = *this;
  longer.steps_.emplace_back(index);
  return longer;
}

const Value* Path::find_in(const Value& root) const {
  const Value* at = &root;
  for (const Step& step : steps_) {
    if (const auto* key = std::get_if<std::string>(&step)) {
      at = at->find(*key);
    } else {
      const auto items = at->items();
      const auto index = std::get<std::size_t>(step);
      at = index < items.size() ? &items[index] : nullptr;
    }
    if (!at) return nullptr;
  }
  return at;
}

std::string to_string(const Path& path) {
  std::string text;
  for (const Path::Step& step : path.steps()) {
    if (const auto* key = std::get_if<std::string>(&step))
      append_key(text, *key);
    else
      text += '[' + std::to_string(std::get<std::size_t>(step)) + ']';
  }
  return text;
}

}  // namespace sallyport::json
