#include "journal/uncompressed.hpp"

#include <gtest/gtest.h>

#include "base/gzip.hpp"

namespace sallyport::journal {
namespace {

Result<std::string> read_all(std::string_view stored, std::size_t piece = 64) {
  const auto read = uncompressed([&stored](std::span<char> room) -> Result<std::size_t> {
    const auto count = stored.copy(room.data(), room.size());
    stored.remove_prefix(count);
    return count;
  });
  std::string all, part(piece, '\0');
  for (;;) {
    const auto count = read(part);
    if (!count) return fail(count.error());
    if (*count == 0) return all;
    all.append(part, 0, *count);
  }
}

TEST(Uncompressed, PassesOnWhatIsNotCompressed) {
  EXPECT_EQ(read_all("{\"v\":1}\n"), "{\"v\":1}\n");
  EXPECT_EQ(read_all(""), "");
}

TEST(Uncompressed, IsWhatWasCompressed) {
  const std::string lines(300'000, 'x');
  Gzip gzip;
  const auto stored = gzip.add(lines) + gzip.finish();
  EXPECT_EQ(read_all(stored), lines);
  EXPECT_EQ(read_all(stored + std::string(10, '\0')), lines) << "a tape's end";
}

TEST(Uncompressed, DamageIsTold) {
  Gzip gzip;
  const auto stored = gzip.add("{\"v\":1}\n") + gzip.finish();
  auto changed = stored;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  for (const auto& wrong : {stored.substr(0, stored.size() - 4), changed, stored + "more"}) {
    const auto read = read_all(wrong);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), ErrorCode::bad_input);
  }
}

}  // namespace
}  // namespace sallyport::journal
