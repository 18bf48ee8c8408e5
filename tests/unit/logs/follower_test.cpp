#include "logs/follower.hpp"

#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "base/gzip.hpp"
#include "unit/logs/support.hpp"

namespace sallyport::logs {
namespace {

constexpr auto kName = "r-0-abcdefgh";

struct FollowerTest : testing::Test {
  Follower follow(std::vector<Position> positions = {}) {
    return make(Follower::Purpose::deliver, std::move(positions));
  }
  Follower show() { return make(Follower::Purpose::show, {}); }
  Follower make(Follower::Purpose purpose, std::vector<Position> positions) {
    return Follower(purpose, {dir.path()}, std::move(positions), [this](std::string_view) { return on_disk; },
                    {.gap = [this](const std::string&, const std::string&, std::uint64_t first,
                                   std::uint64_t last) { gaps.emplace_back(first, last); },
                     .unreadable = [this](const std::string&, const std::string& why) { complaints.insert(why); }});
  }
  // The numbers of all lines that come, each batch taken.
  static std::vector<std::uint64_t> all(Follower& follower, const BatchLimits& limits = {}) {
    std::vector<std::uint64_t> seqs;
    for (;;) {
      const auto batch = follower.next(limits);
      EXPECT_TRUE(batch);
      if (!batch || !*batch) return seqs;
      for (const auto& line : (*batch)->lines) seqs.push_back(journal::read_start(line)->seq);
      follower.taken(**batch);
    }
  }
  void rotate(std::uint64_t first_seq) const {
    std::filesystem::create_hard_link(active, dir / (kName + ("." + std::to_string(first_seq)) + ".jsonl"));
    append(dir / "new", "");
    std::filesystem::rename(dir / "new", active);
  }

  using Seqs = std::vector<std::uint64_t>;
  TempDir dir;
  std::string active = dir / "r-0.jsonl";
  Stream stream{kName};
  std::optional<std::uint64_t> on_disk;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps;
  std::set<std::string> complaints;
};

TEST_F(FollowerTest, GivesLinesOnceTheyAreTaken) {
  auto follower = follow();
  EXPECT_EQ(all(follower), Seqs{});
  append(active, stream.next_lines(3));
  const auto first = *follower.next({.records = 2});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->lines.size(), 2u);
  EXPECT_EQ((*follower.next({.records = 2}))->lines, first->lines);  // not taken yet
  follower.taken(*first);
  EXPECT_EQ(all(follower), Seqs{3});
  append(active, stream.next());
  EXPECT_EQ(all(follower), Seqs{4});
  EXPECT_EQ(follower.positions()[0].offset, std::filesystem::file_size(active));
}

TEST_F(FollowerTest, WaitsForTheRestOfALine) {
  auto follower = follow();
  const auto line = stream.next();
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    append(active, line.substr(i, 1));
    ASSERT_EQ(all(follower), Seqs{});
  }
  append(active, "\n");
  EXPECT_EQ(all(follower), Seqs{1});
}

TEST_F(FollowerTest, GivesNothingThatMayYetBeLost) {
  append(active, stream.next_lines(3));
  on_disk = 2;
  auto follower = follow();
  EXPECT_EQ(all(follower), (Seqs{1, 2}));
  EXPECT_EQ(follower.lag().records, 0u);
  on_disk = 3;
  EXPECT_EQ(follower.lag().records, 1u);
  EXPECT_EQ(all(follower), Seqs{3});
}

TEST_F(FollowerTest, TakesLinesOfEveryLength) {
  std::vector<std::size_t> sizes{0, 3000, 70'000, 300'000, 1'000'000, 10};
  for (const auto size : sizes) append(active, stream.next(size));
  auto follower = follow();
  EXPECT_EQ(all(follower, {.records = 10, .bytes = 4096}), (Seqs{1, 2, 3, 4, 5, 6}));
}

TEST_F(FollowerTest, ABatchHoldsNoMoreThanItMay) {
  append(active, stream.next_lines(100));
  auto follower = follow();
  const auto batch = *follower.next({.records = 1000, .bytes = 4096});
  ASSERT_TRUE(batch);
  EXPECT_LE(batch->bytes, 4096u);
  EXPECT_GT(batch->lines.size(), 5u);
}

TEST_F(FollowerTest, GoesOnAcrossRotations) {
  auto follower = follow();
  append(active, stream.next_lines(3));
  EXPECT_EQ((*follower.next({.records = 2}))->lines.size(), 2u);
  rotate(1);
  EXPECT_EQ(all(follower), (Seqs{1, 2, 3}));
  append(active, stream.next_lines(2));
  EXPECT_EQ(all(follower), (Seqs{4, 5}));
  append(active, stream.next());
  rotate(4);
  append(active, stream.next());
  rotate(7);
  EXPECT_EQ(follower.lag().records, 0u);  // of what it has seen
  append(active, stream.next_lines(2));
  EXPECT_EQ(all(follower), (Seqs{6, 7, 8, 9}));
  EXPECT_TRUE(gaps.empty());
  // And from a cursor.
  auto again = follow(follower.positions());
  append(active, stream.next());
  EXPECT_EQ(all(again), Seqs{10});
}

TEST_F(FollowerTest, ReadsAFileThatHasTwoNamesOnce) {
  append(active, stream.next_lines(3));
  std::filesystem::create_hard_link(active, dir / "r-0-abcdefgh.1.jsonl");
  auto follower = follow();
  EXPECT_EQ(all(follower), (Seqs{1, 2, 3}));
}

TEST_F(FollowerTest, SaysWhatIsMissing) {
  append(active, stream.next_lines(3));
  auto follower = follow();
  EXPECT_EQ(all(follower), (Seqs{1, 2, 3}));
  append(active, stream.next_lines(2));
  rotate(1);
  append(active, stream.next_lines(2));
  std::filesystem::remove(dir / "r-0-abcdefgh.1.jsonl");
  EXPECT_EQ(all(follower), (Seqs{6, 7}));
  EXPECT_EQ(gaps, (std::vector<std::pair<std::uint64_t, std::uint64_t>>{{4, 5}}));
}

TEST_F(FollowerTest, BeginsWithTheOldestThatIsThere) {
  (void)stream.next_lines(4);
  append(active, stream.next_lines(2));
  auto follower = follow();
  EXPECT_EQ(all(follower), (Seqs{5, 6}));
  EXPECT_TRUE(gaps.empty());  // nobody says that it was ever to be delivered
}

TEST_F(FollowerTest, StartsAnewFromADamagedPosition) {
  append(active, stream.next_lines(3));
  auto honest = follow();
  EXPECT_EQ(all(honest), (Seqs{1, 2, 3}));
  const auto right = honest.positions()[0];
  append(active, stream.next());
  for (const auto& wrong : std::vector<Position>{{kName, 2, right.offset, right.head},
                                                 {kName, 3, right.offset - 1, right.head},
                                                 {kName, 3, 1u << 30, right.head},
                                                 {kName, 3, right.offset, std::string(64, '0')},
                                                 {kName, 99, 1u << 30, right.head},
                                                 {kName, 99, right.offset, right.head}}) {
    auto follower = follow({wrong});
    EXPECT_EQ(all(follower), (Seqs{1, 2, 3, 4})) << wrong.seq << " " << wrong.offset;
  }
  auto follower = follow({right});
  EXPECT_EQ(all(follower), Seqs{4});
}

TEST_F(FollowerTest, ALogThatWasPutBackIsDeliveredAnew) {
  append(active, stream.next_lines(3));
  auto before = follow();
  EXPECT_EQ(all(before), (Seqs{1, 2, 3}));
  std::filesystem::remove(active);
  Stream other{kName};
  append(active, other.next_lines(1) + other.next(5) + other.next_lines(3));
  auto follower = follow(before.positions());
  EXPECT_EQ(all(follower), (Seqs{1, 2, 3, 4, 5}));
}

TEST_F(FollowerTest, StaysAtALineThatSomebodyHasChanged) {
  append(active, stream.next());
  (void)stream.next();
  append(active, stream.next());
  append(dir / "other.jsonl", Stream{"other"}.next());
  auto follower = follow();
  EXPECT_EQ(all(follower).size(), 2u);  // line 1, and the other stream's
  ASSERT_TRUE(follower.why_stuck());
  EXPECT_TRUE(follower.why_stuck()->contains("is not line 2 of stream r-0-abcdefgh")) << *follower.why_stuck();
  EXPECT_EQ(follower.lag().records, 2u);
}

TEST_F(FollowerTest, SaysWhichFileIsNoLog) {
  append(active, "no log at all\n");
  auto follower = follow();
  EXPECT_EQ(all(follower), Seqs{});
  EXPECT_TRUE(follower.why_stuck());
}

TEST_F(FollowerTest, FollowsSeveralStreamsTheOldestFirst) {
  append(dir / "z.jsonl", Stream{"z"}.next());
  append(dir / "a.jsonl", [] {
    Stream a{"a"};
    (void)a.next();
    return a.next();
  }());
  auto follower = follow();
  const auto batch = *follower.next({});
  EXPECT_EQ(batch->stream, "z");
  EXPECT_EQ(all(follower).size(), 2u);
  EXPECT_EQ(follower.positions().size(), 2u);
}

TEST_F(FollowerTest, KnowsItsLag) {
  auto follower = follow();
  append(active, stream.next_lines(5));
  ASSERT_TRUE(*follower.next({}));
  const auto lag = follower.lag();
  EXPECT_EQ(lag.records, 5u);
  EXPECT_EQ(lag.oldest, Instant(std::chrono::seconds(1'763'719'201)));
  append(active, stream.next(900'000));
  EXPECT_EQ(follower.lag().records, 6u);
  all(follower);
  EXPECT_EQ(follower.lag().records, 0u);
  EXPECT_EQ(follower.lag().oldest, std::nullopt);
}

TEST_F(FollowerTest, ADirectoryThatIsGoneIsAnError) {
  auto follower = follow();
  std::filesystem::remove_all(dir.path());
  EXPECT_FALSE(follower.next({}));
}

TEST_F(FollowerTest, NoticesThatAFilesNumberIsThatOfAnotherByNow) {
  append(active, stream.next_lines(3));
  auto follower = follow();
  EXPECT_EQ(all(follower), (Seqs{1, 2, 3}));
  // As if the first had been compressed and removed, and the system had used its number again.
  std::filesystem::copy_file(active, dir / (std::string(kName) + ".1.jsonl"));
  std::filesystem::resize_file(active, 0);
  append(active, stream.next_lines(9));
  EXPECT_EQ(all(follower), (Seqs{4, 5, 6, 7, 8, 9, 10, 11, 12}));
  EXPECT_TRUE(gaps.empty());
}

// What `path` holds, compressed, in its place.
void compress(const std::string& path) {
  std::ostringstream held;
  held << std::ifstream(path, std::ios::binary).rdbuf();
  Gzip gzip;
  append(path + ".gz", gzip.add(held.str()));
  append(path + ".gz", gzip.finish());
  std::filesystem::remove(path);
}

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
  std::ostringstream held;
  held << std::ifstream(first + ".gz", std::ios::binary).rdbuf();
  const auto whole = held.str();
  std::filesystem::resize_file(first + ".gz", whole.size() / 2);
  auto follower = follow();
  const auto begun = all(follower);
  EXPECT_LT(begun.size(), 2000u);
  EXPECT_TRUE(follower.why_stuck());
  append(first + ".gz", std::string_view(whole).substr(whole.size() / 2));
  EXPECT_EQ(begun.size() + all(follower).size(), 2015u);
  EXPECT_FALSE(follower.why_stuck());
}

// What follows of a stream is shown, and that something was not is told.
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

TEST_F(FollowerTest, ToShowALineThatIsNoneIsPassedOver) {
  append(active, stream.next() + "no line\n" + stream.next());
  (void)stream.next();
  append(active, stream.next());
  auto follower = show();
  EXPECT_EQ(all(follower), (Seqs{1, 2, 4}));
  EXPECT_EQ(gaps, (std::vector<std::pair<std::uint64_t, std::uint64_t>>{{3, 3}}));
  EXPECT_EQ(complaints, std::set<std::string>{"a line can not be read"});
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

TEST_F(FollowerTest, ACopyBesideTheFileThatIsWrittenHidesNothing) {
  append(active, stream.next_lines(3));
  std::filesystem::copy_file(active, dir / "a-copy.jsonl");
  std::filesystem::copy_file(active, dir / "z-copy.jsonl");
  append(active, stream.next_lines(2));
  auto follower = follow();
  EXPECT_EQ(all(follower), (Seqs{1, 2, 3, 4, 5}));
  append(active, stream.next());
  EXPECT_EQ(all(follower), Seqs{6});
  EXPECT_EQ(follower.lag().records, 0u);
  EXPECT_FALSE(follower.why_stuck());
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
