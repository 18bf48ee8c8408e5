#include "logs/follower.hpp"

#include "follower_fixture.hpp"

namespace sallyport::logs {
namespace {

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

// What follows of a stream is shown, and that something was not is told.
TEST_F(FollowerTest, ToShowALineThatIsNoneIsPassedOver) {
  append(active, stream.next() + "no line\n" + stream.next());
  (void)stream.next();
  append(active, stream.next());
  auto follower = show();
  EXPECT_EQ(all(follower), (Seqs{1, 2, 4}));
  EXPECT_EQ(gaps, (std::vector<std::pair<std::uint64_t, std::uint64_t>>{{3, 3}}));
  EXPECT_EQ(complaints, std::set<std::string>{"a line cannot be read"});
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

}  // namespace
}  // namespace sallyport::logs
