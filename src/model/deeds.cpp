#include "model/deeds.hpp"

#include <vector>

namespace sallyport::model {
namespace {

// What a seal has room for beside its form and its sum: 256 bytes in the oldest definition.
constexpr std::size_t kLongest = 180;

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const auto end = text.find(',');
    if (end != 0) names.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return names;
}

// Between the first colon and the second; nothing where there is but one.
std::string_view deeds_in(std::string_view seal) {
  const auto begin = seal.find(':');
  const auto end = begin == std::string_view::npos ? begin : seal.find(':', begin + 1);
  return end == std::string_view::npos ? std::string_view() : seal.substr(begin + 1, end - begin - 1);
}

}  // namespace

std::string deeds_of(const Kubernetes& action) {
  if (action.effects.empty() && action.guarded.empty()) return "";
  auto text = joined(action.effects);
  if (!action.guarded.empty()) text += "/" + joined(action.guarded);
  return text.size() > kLongest ? "" : text;
}

void add_deeds(Kubernetes& action, std::string_view seal) {
  const auto deeds = deeds_in(seal);
  const auto slash = deeds.find('/');
  if (action.effects.empty()) action.effects = split(deeds.substr(0, slash));
  if (action.guarded.empty() && slash != std::string_view::npos) action.guarded = split(deeds.substr(slash + 1));
}

}  // namespace sallyport::model
