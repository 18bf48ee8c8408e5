#include "cli/request_names.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

#include "cli/ink.hpp"
#include "cli/words.hpp"

namespace sallyport::cli {
namespace {

constexpr std::size_t kFewest = 4;
constexpr std::size_t kFewestShown = 5;
constexpr std::size_t kMostListed = 3;
constexpr std::array<std::string_view, 3> kKinds = {"areq", "approvalrequest", "approvalrequests"};

std::string_view last_part(std::string_view name) {
  const auto dash = name.rfind('-');
  return dash == std::string_view::npos ? name : name.substr(dash + 1);
}

bool is_meant(std::string_view typed, std::string_view name) {
  return name.starts_with(typed) || last_part(name).starts_with(typed);
}

}  // namespace

std::string_view without_kind(std::string_view typed) {
  const auto slash = typed.find('/');
  if (slash == std::string_view::npos) return typed;
  auto kind = typed.substr(0, slash);
  constexpr std::string_view group = ".sallyport.dev";
  if (kind.ends_with(group)) kind.remove_suffix(group.size());
  return std::ranges::find(kKinds, kind) == kKinds.end() ? typed : typed.substr(slash + 1);
}

std::vector<std::string> names_meant(std::string_view typed, const std::vector<std::string>& known) {
  if (std::ranges::find(known, typed) != known.end()) return {std::string(typed)};
  std::vector<std::string> names;
  if (typed.size() < kFewest) return names;
  std::ranges::copy_if(known, std::back_inserter(names), [typed](const auto& name) { return is_meant(typed, name); });
  return names;
}

std::string several_words(const std::vector<std::string>& meant) {
  const auto listed = static_cast<std::ptrdiff_t>(std::min(kMostListed, meant.size()));
  const std::vector<std::string> first(meant.begin(), meant.begin() + listed);
  const std::string others = meant.size() > kMostListed ? ", ..." : "";
  return "; it matches " + count_words(meant.size(), "name") + " (" + safe(joined(first)) + others +
         "): type more of the name";
}

std::string short_name(std::string_view name, const std::vector<std::string>& known) {
  const auto part = last_part(name);
  for (std::size_t letters = kFewestShown; letters < part.size(); ++letters) {
    const auto shown = part.substr(0, letters);
    if (std::ranges::count_if(known, [shown](const auto& each) { return is_meant(shown, each); }) == 1) {
      return std::string(shown);
    }
  }
  return std::string(name);
}

}  // namespace sallyport::cli
