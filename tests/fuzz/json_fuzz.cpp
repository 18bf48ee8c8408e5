// Any bytes: what the parser takes, it must be able to write and read again without a change.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "json/json.hpp"
#include "json/path.hpp"

namespace {

using namespace sallyport;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_round_trip(const json::Value& value, const std::string& text) {
  const auto again = json::parse(text, {.depth = 1000});
  require(again.has_value());
  require(*again == value);
  require(json::diff(value, *again).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto value = json::parse(bytes, {.depth = 1000});
  if (value) {
    const auto compact = json::write(*value);
    const auto canonical = json::write_canonical(*value);
    check_round_trip(*value, compact);
    check_round_trip(*value, canonical);
    check_round_trip(*value, json::write_pretty(*value));
    require(json::write(json::parse(compact, {.depth = 1000}).value()) == compact);
    require(json::write_canonical(json::parse(canonical, {.depth = 1000}).value()) == canonical);
    for (const json::Change& change : json::diff(json::Value::object(), *value))
      require(change.path.find_in(*value) == change.to);
  }
  if (const auto pattern = json::PathPattern::parse(bytes); pattern && value) (void)pattern->find_in(*value);
  return 0;
}
