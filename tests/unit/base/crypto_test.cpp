#include "base/crypto.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace sallyport {
namespace {

// FIPS 180-4's examples.
TEST(Sha256, GivesThePublishedSums) {
  const struct {
    std::string text;
    const char* sum;
  } cases[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const auto& [text, sum] : cases) EXPECT_EQ(hex(sha256(text)), sum);
}

// RFC 4231, test cases 1 to 4, 6 and 7.
TEST(HmacSha256, GivesThePublishedSums) {
  std::string counting;
  for (char c = 1; c <= 25; ++c) counting += c;
  const struct {
    std::string key;
    std::string text;
    const char* sum;
  } cases[] = {
      {std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {counting, std::string(50, '\xcd'), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. "
       "The key needs to be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const auto& [key, text, sum] : cases) EXPECT_EQ(hex(hmac_sha256(Secret(key), text)), sum);
}

TEST(Hasher, SeesOneTextHoweverItIsCut) {
  EXPECT_EQ(Hasher().bytes("a").bytes("").bytes("bc").finish(), sha256("abc"));
  const Secret key("Jefe");
  EXPECT_EQ(Hasher(key).bytes("what do ya want ").bytes("for nothing?").finish(),
            hmac_sha256(key, "what do ya want for nothing?"));
}

TEST(Hasher, TellsListsOfFieldsApart) {
  const Sha256Sum sums[] = {
      Hasher().finish(),
      Hasher().field("").finish(),
      Hasher().field("").field("").finish(),
      Hasher().field("ab").finish(),
      Hasher().field("a").field("b").finish(),
      Hasher().field("").field("ab").finish(),
      Hasher().field("ab").field("").finish(),
      Hasher().field(std::uint64_t{0}).finish(),
      Hasher().field(std::uint64_t{1}).finish(),
      Hasher().field(std::uint64_t{1} << 56).finish(),
  };
  EXPECT_EQ(std::set(std::begin(sums), std::end(sums)).size(), std::size(sums));
}

TEST(Hasher, WritesLengthsAndNumbersBigEndian) {
  using namespace std::string_view_literals;
  EXPECT_EQ(Hasher().field("abc").finish(), sha256("\0\0\0\0\0\0\0\3abc"sv));
  EXPECT_EQ(Hasher().field(std::uint64_t{0x0102030405060708}).finish(),
            sha256("\0\0\0\0\0\0\0\x08\x01\x02\x03\x04\x05\x06\x07\x08"sv));
}

TEST(Hasher, CanBeMoved) {
  Hasher first;
  first.bytes("ab");
  Hasher second = std::move(first);
  EXPECT_EQ(second.bytes("c").finish(), sha256("abc"));
}

TEST(HasherDeathTest, EndsTheProcessRatherThanGiveAWrongSum) {
  EXPECT_DEATH((void)hmac_sha256(Secret(), "text"), "empty key");
  EXPECT_DEATH(
      {
        Hasher hasher;
        (void)hasher.finish();
        (void)hasher.finish();
      },
      "finished again");
}

TEST(Secret, IsEmptyOnceMovedFrom) {
  Secret first("hunter2");
  Secret second = std::move(first);
  EXPECT_EQ(second.reveal(), "hunter2");
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  Secret third("old");
  third = std::move(second);
  EXPECT_EQ(third.reveal(), "hunter2");
  EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(third.clone().reveal(), "hunter2");
}

TEST(EqualInConstantTime, ComparesBytes) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
  EXPECT_FALSE(equal_in_constant_time("", "a"));
}

TEST(RandomSecret, HasTheLengthAskedForAndIsNeverTheSame) {
  for (const std::size_t length : {0u, 1u, 32u, 1000u}) EXPECT_EQ(random_secret(length).reveal().size(), length);
  EXPECT_NE(random_secret(32).reveal(), random_secret(32).reveal());
  const auto many = random_secret(4096);
  EXPECT_GT(std::ranges::count_if(many.reveal(), [](char c) { return c != 0; }), 3900);
}

}  // namespace
}  // namespace sallyport
