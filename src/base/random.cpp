#include "base/random.hpp"

#include <cassert>
#include <cstdint>
#include <cstring>

namespace sallyport {

Duration random_between(Random& random, Duration least, Duration most) {
  assert(least <= most);
  const auto bytes = random.bytes(sizeof(std::uint64_t));
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.reveal().data(), sizeof number);
  const auto choices = static_cast<std::uint64_t>((most - least).count()) + 1;
  return least + Duration(static_cast<Duration::rep>(number % choices));
}

}  // namespace sallyport
