#include "base/gzip.hpp"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

std::string compress(std::string_view bytes) {
  Gzip gzip;
  auto made = gzip.add(bytes);
  return made + gzip.finish();
}

// As far as it goes with pieces and room of this size.
Result<std::string> uncompress(std::string_view compressed, std::size_t at_a_time) {
  Gunzip gunzip;
  std::string made, room(at_a_time, '\0');
  for (;;) {
    const auto step = gunzip.step(std::span(compressed).first(std::min(at_a_time, compressed.size())), room);
    if (!step) return fail(step.error());
    compressed.remove_prefix(step->taken);
    made.append(room, 0, step->made);
    if (compressed.empty() && step->made < room.size()) break;
  }
  if (!gunzip.at_end()) return fail(ErrorCode::not_found, "cut off");
  return made;
}

std::string sample() {
  std::string text;
  for (int number = 0; number < 20'000; ++number) text += "line " + std::to_string(number * 7919) + "\n";
  return text;
}

TEST(GzipTest, GivesBackWhatItWasGiven) {
  const auto text = sample();
  const auto compressed = compress(text);
  EXPECT_LT(compressed.size(), text.size() / 2);
  for (const std::size_t at_a_time : {1, 7, 4096, 1 << 20}) EXPECT_EQ(uncompress(compressed, at_a_time), text);
  EXPECT_EQ(uncompress(compress(""), 16), "");
}

TEST(GzipTest, TheSameBytesMakeTheSameBytesHoweverTheyCome) {
  const auto text = sample();
  Gzip gzip;
  std::string made;
  for (std::size_t at = 0; at < text.size(); at += 1000) made += gzip.add(std::string_view(text).substr(at, 1000));
  EXPECT_EQ(made + gzip.finish(), compress(text));
}

TEST(GzipTest, TakesSeveralMembers) {
  EXPECT_EQ(uncompress(compress("one\n") + compress("") + compress("two\n"), 5), "one\ntwo\n");
}

TEST(GzipTest, NoDamagePassesUnseen) {
  const auto text = sample().substr(0, 3000);
  const auto compressed = compress(text);
  for (std::size_t at = 0; at < compressed.size(); ++at) {
    auto damaged = compressed;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    // In the head stand a time and a system that say nothing of the content.
    const auto made = uncompress(damaged, 512);
    EXPECT_TRUE(!made || *made == text) << at;
    if (at >= 10) EXPECT_FALSE(made) << at;
    EXPECT_FALSE(uncompress(compressed.substr(0, at), 512).value_or("") == text) << at;
  }
  EXPECT_FALSE(uncompress(compressed + "more", 512));
}

}  // namespace
}  // namespace sallyport
