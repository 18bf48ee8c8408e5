// Any bytes, by the parser for JSON of the outside and by the other one: both take the same texts, but for zeros with
// a huge exponent, and make the same of them.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "json/json.hpp"
#include "json/outside.hpp"

namespace {

using namespace sallyport;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto outside = json::parse_outside(bytes, {.depth = 64, .values = 2'000'000});
  const auto other = json::parse(bytes, {.bytes = 1u << 20, .depth = 64});
  if (!outside) {
    require(!other);
    return 0;
  }
  if (!other) {  // "0e999" is zero to one of them, and too large to the other
    require(other.error().message().find("beyond what a double can hold") != std::string::npos);
    return 0;
  }
  require(*outside == *other && json::write(*outside) == json::write(*other));
  const auto again = json::parse_outside(json::write(*outside), {.bytes = 8u << 20, .depth = 64, .values = 2'000'000});
  require(again && *again == *outside);
  return 0;
}
