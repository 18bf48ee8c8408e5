// Follower, where closed files are compressed.
#include "follower_fixture.hpp"

namespace sallyport::logs {
namespace {

struct CompressedTest : FollowerTest {
  CompressedTest() {
    append(active, stream.next_lines(2000));
    rotate(1);
    append(active, stream.next_lines(10));
    rotate(2001);
    append(active, stream.next_lines(5));
  }
  std::string first = dir / (std::string(kName) + ".1.jsonl");
};

TEST_F(CompressedTest, IsDeliveredFromItsBeginning) {
  compress(first);
  auto follower = follow();
  const auto seqs = all(follower, {.records = 7, .bytes = 3000});
  ASSERT_EQ(seqs.size(), 2015u);
  for (std::size_t at = 0; at < seqs.size(); ++at) EXPECT_EQ(seqs[at], at + 1);
  EXPECT_TRUE(gaps.empty());
}

TEST_F(CompressedTest, GoesOnWhereItWasWhenTheFileWasCompressed) {
  auto follower = follow();
  const auto begun = *follower.next({.records = 100});
  follower.taken(*begun);
  const auto next = *follower.next({.records = 1});
  compress(first);
  const auto later = *follower.next({.records = 1});
  ASSERT_TRUE(later);
  EXPECT_EQ(later->lines, next->lines);
  EXPECT_EQ(later->offset, next->offset);
  EXPECT_EQ(all(follower).size(), 1915u);
  auto restarted = follow({begun->end});
  EXPECT_EQ(all(restarted).size(), 1915u);
  EXPECT_TRUE(gaps.empty());
}

TEST_F(CompressedTest, OneThatIsThereInBothWaysCountsOnce) {
  std::filesystem::copy_file(first, dir / "kept");
  compress(first);
  std::filesystem::rename(dir / "kept", first);
  auto follower = follow();
  EXPECT_EQ(all(follower).size(), 2015u);
}

TEST_F(CompressedTest, ADamagedOneStopsItsStreamAndSaysSo) {
  compress(first);
  std::filesystem::resize_file(first + ".gz", std::filesystem::file_size(first + ".gz") / 2);
  auto follower = follow();
  EXPECT_LT(all(follower).size(), 2000u);
  ASSERT_TRUE(follower.why_stuck());
  EXPECT_NE(follower.why_stuck()->find("cut off"), std::string::npos);
  EXPECT_TRUE(gaps.empty());
}

TEST_F(CompressedTest, OneThatComesInPiecesIsReadOnceItIsWhole) {
  compress(first);
  const auto whole = read_file(first + ".gz");
  std::filesystem::resize_file(first + ".gz", whole.size() / 2);
  auto follower = follow();
  const auto begun = all(follower);
  EXPECT_LT(begun.size(), 2000u);
  EXPECT_TRUE(follower.why_stuck());
  append(first + ".gz", std::string_view(whole).substr(whole.size() / 2));
  EXPECT_EQ(begun.size() + all(follower).size(), 2015u);
  EXPECT_FALSE(follower.why_stuck());
}

TEST_F(CompressedTest, ToShowADamagedOneIsPassedOver) {
  auto follower = show();
  EXPECT_EQ(all(follower).size(), 15u);  // of the two newest
  append(active, stream.next_lines(2000));
  rotate(2011);
  append(active, stream.next_lines(3));
  const auto second = dir / (std::string(kName) + ".2011.jsonl");
  compress(second);
  std::filesystem::resize_file(second + ".gz", std::filesystem::file_size(second + ".gz") / 2);
  const auto seqs = all(follower);
  ASSERT_GE(seqs.size(), 3u);
  EXPECT_EQ(seqs.back(), 4018u);
  EXPECT_EQ(complaints.size(), 1u);
  EXPECT_TRUE(complaints.begin()->contains("cut off")) << *complaints.begin();
}

// Files are closed and compressed while the first look is under way: it shows one plain, and those behind it
// compressed.
TEST_F(FollowerTest, ToShowNothingIsMissedThatIsCompressedDuringTheFirstLook) {
  for (const std::uint64_t seq : {1, 4, 7, 10}) {
    append(active, stream.next_lines(3));
    rotate(seq);
  }
  append(active, stream.next());
  for (const auto* seq : {"1", "7", "10"}) compress(dir / (std::string(kName) + "." + seq + ".jsonl"));
  auto follower = show();
  const auto seqs = all(follower);
  EXPECT_EQ(seqs, (Seqs{10, 11, 12, 13}));
  EXPECT_TRUE(gaps.empty());
}

TEST_F(FollowerTest, WhatIsCompressedIsReadWhateverItsName) {
  append(active, stream.next_lines(3));
  rotate(1);
  append(active, stream.next());
  const auto first = dir / (std::string(kName) + ".1.jsonl");
  compress(first);
  std::filesystem::rename(first + ".gz", first);
  auto follower = follow();
  EXPECT_EQ(all(follower), (Seqs{1, 2, 3, 4}));
  EXPECT_FALSE(follower.why_stuck());
}

TEST_F(FollowerTest, ADamagedFileIsNoReasonToDeliverTheOthersAgain) {
  append(active, stream.next_lines(3));
  rotate(1);
  append(active, stream.next_lines(2000));
  rotate(4);
  auto before = follow();
  const auto first = **before.next({});
  before.taken(first);
  const auto second = **before.next({.records = 2});
  const auto damaged = dir / (std::string(kName) + ".4.jsonl");
  compress(damaged);
  std::filesystem::resize_file(damaged + ".gz", std::filesystem::file_size(damaged + ".gz") / 2);
  auto follower = follow({second.end});
  for (const auto seq : all(follower)) EXPECT_GT(seq, 5u);
  EXPECT_TRUE(follower.why_stuck());
  EXPECT_TRUE(gaps.empty());
}

TEST_F(CompressedTest, ACopyOfTheFileThatIsWrittenHidesNothing) {
  std::filesystem::remove(first);
  append(dir / "kept", "");
  std::filesystem::copy_file(active, dir / "kept", std::filesystem::copy_options::overwrite_existing);
  append(active, stream.next_lines(5));
  compress(dir / "kept");
  std::filesystem::rename(dir / "kept.gz", active + ".gz");
  rotate(2011);
  append(active, stream.next_lines(5));
  auto follower = follow();
  EXPECT_EQ(all(follower).size(), 25u);
  EXPECT_TRUE(gaps.empty());
}

TEST_F(CompressedTest, TheLagBehindALongLastLineIsKnown) {
  std::filesystem::remove(active);
  const auto second = dir / (std::string(kName) + ".2001.jsonl");
  append(second, stream.next(200'000));
  compress(second);
  auto follower = follow();
  follower.taken(**follower.next({.records = 10}));
  EXPECT_EQ(follower.lag().records, 2006u);
}

TEST_F(CompressedTest, TheLagOfAStreamThatEndsInOneIsKnown) {
  std::filesystem::remove(active);
  const auto second = dir / (std::string(kName) + ".2001.jsonl");
  compress(first);
  compress(second);
  auto follower = follow();
  follower.taken(**follower.next({.records = 10}));
  EXPECT_EQ(follower.lag().records, 2000u);
  EXPECT_EQ(follower.lag().records, 2000u);
}

}  // namespace
}  // namespace sallyport::logs
