#include "kube/warning.hpp"

namespace sallyport::kube {

std::optional<std::string> read_warning(std::string_view field) {
  constexpr std::string_view kBegin = "299 ";
  const auto quote = field.find('"');
  if (!field.starts_with(kBegin) || quote == std::string_view::npos) return std::nullopt;
  std::string text;
  for (auto at = quote + 1; at < field.size(); ++at) {
    if (field[at] == '"') return text;
    if (field[at] == '\\') ++at;
    if (at < field.size()) text += field[at];
  }
  return std::nullopt;
}

}  // namespace sallyport::kube
