// Any bytes as an issuer's keys, and under each key that is taken, the same bytes as a signature.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "people/key_rotation.hpp"
#include "people/key_set.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::people;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr std::array kAll = {Algorithm::rs256, Algorithm::rs384, Algorithm::rs512, Algorithm::ps256, Algorithm::ps384,
                             Algorithm::ps512, Algorithm::es256, Algorithm::es384, Algorithm::eddsa};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)max_age_of(bytes);
  const auto set = KeySet::read(bytes);
  if (!set) return 0;
  require(!set->keys().empty() && set->keys().size() + set->left_out().size() <= 64);
  for (const auto& key : set->keys()) {
    int serves = 0;
    for (const auto algorithm : kAll) {
      if (!key.serves(algorithm)) continue;
      ++serves;
      require(!key.has_signed(algorithm, "text", bytes.substr(0, 64)));
    }
    require(serves >= 1);
    for (const auto& other : set->keys()) require(&other == &key || key.id().empty() || other.id() != key.id());
  }
  return 0;
}
