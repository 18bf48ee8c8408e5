// Any bytes as a file that may be compressed: what comes of it does not depend on how it is read. What was compressed
// comes back, and comes back as nothing else once a byte of it has changed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/gzip.hpp"
#include "journal/uncompressed.hpp"

namespace {

using namespace sallyport;

constexpr std::size_t kMost = std::size_t{1} << 16;  // of what a few bytes may become

void require(bool holds) {
  if (!holds) std::abort();
}

Result<std::string> read_all(std::string_view stored, std::size_t stored_piece, std::size_t piece) {
  const auto read = journal::uncompressed([=](std::span<char> room) mutable -> Result<std::size_t> {
    const auto count = stored.copy(room.data(), std::min(stored_piece, room.size()));
    stored.remove_prefix(count);
    return count;
  });
  std::string bytes, room(piece, '\0');
  while (bytes.size() < kMost) {
    const auto count = read(room);
    if (!count) return fail(count.error());
    if (*count == 0) return bytes;
    bytes.append(room, 0, *count);
  }
  bytes.resize(kMost);
  return bytes;
}

void check_as_it_is(std::string_view bytes) {
  const auto whole = read_all(bytes, bytes.size(), kMost);
  const auto in_pieces = read_all(bytes, 7, 97);
  if (whole && in_pieces) require(*whole == *in_pieces);
  // Where there is more than is wanted, who reads in pieces may stop before the damage.
  require(whole || !in_pieces || in_pieces->size() == kMost);
  if (!bytes.empty() && bytes.front() != '\x1f') require(whole && *whole == bytes.substr(0, kMost));
}

void check_compressed(std::string_view bytes) {
  Gzip gzip;
  auto stored = gzip.add(bytes.substr(0, bytes.size() / 2));
  stored += gzip.add(bytes.substr(bytes.size() / 2));
  stored += gzip.finish();
  require(read_all(stored, 11, 13).value_or("") == bytes);
  if (bytes.size() < 2) return;
  const auto place = static_cast<std::uint8_t>(bytes.front()) * stored.size() / 256;
  if (place == 0) return;  // then it is not compressed
  stored[place] = static_cast<char>(stored[place] ^ (1 << (static_cast<std::uint8_t>(bytes.back()) % 8)));
  const auto damaged = read_all(stored, stored.size(), kMost);
  require(!damaged || *damaged == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_as_it_is(bytes);
  check_compressed(bytes);
  return 0;
}
