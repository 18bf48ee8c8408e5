// A path that a policy names, and a value that it is looked for in: parted by a NUL byte.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "json/json.hpp"
#include "json/path.hpp"

namespace {

using namespace sallyport::json;

void require(bool holds) {
  if (!holds) std::abort();
}

// What the pattern finds is there, is what it says it covers, and is written so that it is found again.
void try_place(const PathPattern& pattern, const Path& place, const Value& root) {
  const Value* found = place.find_in(root);
  require(found != nullptr && pattern.touches(place) && pattern.covers(place) && pattern.covers(place / "below"));
  const auto again = PathPattern::parse(to_string(place));
  if (!again) return;  // longer than a pattern may be, or a key is empty
  require(again->as_path() == place && again->find_in(root) == std::vector{place});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(bytes.find('\0'), bytes.size());
  const auto pattern = PathPattern::parse(bytes.substr(0, end));
  if (!pattern) {
    require(!pattern.error().message().empty());
    return 0;
  }
  if (const auto path = pattern->as_path()) {
    const auto again = PathPattern::parse(to_string(*path));
    require(!again || (*again == *pattern && again->as_path() == path));
  }
  const auto root = parse(bytes.substr(std::min(end + 1, bytes.size())));
  if (!root) return 0;
  for (const Path& place : pattern->find_in(*root)) try_place(*pattern, place, *root);
  return 0;
}
