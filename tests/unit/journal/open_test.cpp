#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support.hpp"

namespace sallyport::journal {
namespace {

using testing::HasSubstr;

mode_t mode_of(const std::string& path) {
  struct stat facts{};
  EXPECT_EQ(::stat(path.c_str(), &facts), 0) << path;
  return facts.st_mode & 07777;
}

std::string log_of(const TempDir& dir) {
  return dir / "unit.jsonl";
}

// The samples are of long ago.
constexpr Duration kEver = std::chrono::hours(24 * 365 * 200);

TEST(Open, MakesWhatOnlyItsOwnerReads) {
  const TempDir dir;
  const auto opened = open(dir / "log", "r-0");
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(mode_of(dir / "log"), 0700u);
  EXPECT_EQ(mode_of(dir / "log/r-0.jsonl"), 0600u);
  EXPECT_EQ(opened->records, 0u);
  EXPECT_EQ(opened->history.highest_resource_version, 0u);
  EXPECT_THAT(opened->journal->stream(), testing::MatchesRegex("r-0-[a-z2-7]{8}"));
}

TEST(Open, AStreamKeepsItsNameForGood) {
  const TempDir dir;
  std::string stream;
  {
    const auto opened = open(dir.path(), "r-0");
    ASSERT_TRUE(append(*opened->journal, record("one")));
    stream = opened->journal->stream();
  }
  for (std::uint64_t seq = 2; seq < 5; ++seq) {
    const auto opened = open(dir.path(), "r-0");
    EXPECT_EQ(opened->journal->stream(), stream);
    EXPECT_EQ(opened->records, seq - 1);
    EXPECT_EQ(append(*opened->journal, record("more"))->seq, seq);
  }
  EXPECT_TRUE(scan_bytes(read_file(dir / "r-0.jsonl")));
  EXPECT_NE(open(dir / "other", "r-0")->journal->stream(), stream);
}

TEST(Open, RefusesASecondWriter) {
  const TempDir dir;
  {
    const auto first = open(dir.path(), "r-0");
    ASSERT_TRUE(first);
    const auto second = open(dir.path(), "r-0");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::conflict);
    EXPECT_THAT(second.error().message(), HasSubstr("is being written by another process"));
    EXPECT_TRUE(open(dir.path(), "r-1"));
  }
  EXPECT_TRUE(open(dir.path(), "r-0"));
}

TEST(Open, RefusesWhatIsNoPlaceForALog) {
  const TempDir dir;
  for (const char* name : {"", "../up", "a/b", "UPPER", "-dash", "a\"b", "dot."}) {
    EXPECT_EQ(open(dir.path(), name).error().code(), ErrorCode::bad_input) << name;
  }
  EXPECT_THAT(open(dir / "a/b/c", "r-0").error().message(), HasSubstr("No such file or directory"));
  std::filesystem::create_symlink("/dev/null", dir / "r-0.jsonl");
  EXPECT_FALSE(open(dir.path(), "r-0"));
  ASSERT_EQ(::mkfifo((dir / "r-1.jsonl").c_str(), 0600), 0);
  EXPECT_THAT(open(dir.path(), "r-1").error().message(), HasSubstr("is no regular file"));
}

TEST(Open, CutsATornTailAndSaysSo) {
  const auto whole = sample_stream(3);
  const auto tail = sample_stream(4).substr(whole.size());
  for (std::size_t cut = 1; cut < tail.size(); cut += 11) {  // scan_test cuts at every byte
    const TempDir dir;
    write_file(log_of(dir), whole + tail.substr(0, cut));
    {
      const auto opened = open(dir.path(), "unit", {.file_age = kEver});
      ASSERT_TRUE(opened) << opened.error().message();
      ASSERT_TRUE(opened->repaired);
      EXPECT_EQ(append(*opened->journal, record("next"))->seq, 5u);
    }
    const auto bytes = read_file(log_of(dir));
    const auto scanned = scan_bytes(bytes);
    ASSERT_TRUE(scanned) << scanned.error().message();
    EXPECT_FALSE(scanned->torn);
    EXPECT_THAT(lines_of(bytes)[3], HasSubstr(R"("event":"repaired","truncated_bytes":)" + std::to_string(cut) +
                                              R"(,"sha256":")" + head_of(tail.substr(0, cut)) + "\"}"));
  }
}

TEST(Open, AStreamWhoseOnlyLineIsTornBeginsAnew) {
  const TempDir dir;
  write_file(log_of(dir), sample_stream(1).substr(0, 40));
  const auto opened = open(dir.path(), "unit");
  ASSERT_TRUE(opened);
  EXPECT_NE(opened->journal->stream(), "unit-aaaaaaaa");
  EXPECT_EQ(append(*opened->journal, record("next"))->seq, 2u);
}

TEST(Open, RefusesALogThatCanNotBeTrustedAndLeavesItAlone) {
  auto lines = lines_of(sample_stream(6));
  lines[2].replace(lines[2].find("done"), 4, "lost");
  const TempDir dir;
  write_file(log_of(dir), join(lines));
  const auto opened = open(dir.path(), "unit");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::bad_input);
  EXPECT_EQ(
      opened.error().message(),
      "the log " + log_of(dir) +
          " cannot be trusted: line 4 does not follow from line 3: one of the two was changed after it was written. "
          "Nothing is decided on such a log: move the file away, keep it for the auditors, and start again with a "
          "new one");
  EXPECT_EQ(read_file(log_of(dir)), join(lines));
}

TEST(Open, RefusesAnotherReplicasStream) {
  const TempDir dir;
  write_file(dir / "other.jsonl", sample_stream(2));
  write_file(dir / "uni.jsonl", sample_stream(2));
  EXPECT_THAT(open(dir.path(), "other").error().message(),
              HasSubstr("stream unit-aaaaaaaa, which is not one of replica"));
  EXPECT_FALSE(open(dir.path(), "uni"));
}

TEST(Open, FindsIntentsWhoseOutcomeTheLogDoesNotKnow) {
  const TempDir dir;
  {
    const auto opened = open(dir.path(), "r-0");
    for (const char* id : {"done", "open1", "unknown", "open2"}) {
      opened->journal->append_async(record("intent", {{"intent", id}, {"kind", "use"}, {"resource_version", "9"}}));
    }
    opened->journal->append_async(
        record("outcome", {{"intent", "done"}, {"result", "done"}, {"resource_version", "101"}}));
    opened->journal->append_async(
        record("outcome", {{"intent", "unknown"}, {"result", "unknown"}, {"resource_version", "77"}}));
    opened->journal->append_async(record("answered", {{"intent", "open1"}, {"resource_version", "not a number"}}));
  }
  {
    const auto opened = open(dir.path(), "r-0");
    EXPECT_EQ(opened->history.highest_resource_version, 101u);
    ASSERT_EQ(opened->open_intents.size(), 3u);
    const auto& first = opened->open_intents[0];
    EXPECT_EQ(first["intent"].text(), "open1");
    EXPECT_EQ(first["stream"].text(), opened->journal->stream());
    EXPECT_EQ(first["seq"].unsigned_integer(), 2u);
    EXPECT_EQ(opened->open_intents[1]["intent"].text(), "unknown");
    EXPECT_EQ(opened->open_intents[2]["intent"].text(), "open2");
    for (const auto& intent : opened->open_intents) {
      model::LogRecord outcome{"outcome"};
      outcome.fields.set("intent", intent["intent"]).set("result", "recovered");
      opened->journal->append_async(outcome);
    }
  }
  EXPECT_TRUE(open(dir.path(), "r-0")->open_intents.empty());
}

TEST(Open, RemembersUsesOfRequestsThatStand) {
  const TempDir dir;
  const auto with_uses = [](model::LogRecord record, std::uint64_t uses) {
    record.fields.set("uses", uses);
    return record;
  };
  {
    const auto opened = open(dir.path(), "r-0");
    auto& journal = *opened->journal;
    journal.append_async(
        with_uses(record("outcome", {{"intent", "1"}, {"request", "prod/one"}, {"request_uid", "u1"}}), 1));
    journal.append_async(
        record("intent", {{"intent", "2"}, {"kind", "use"}, {"request", "prod/one"}, {"request_uid", "u1"}}));
    journal.append_async(
        record("outcome", {{"intent", "2"}, {"came_of_it", "done"}, {"request", "prod/one"}, {"request_uid", "u1"}}));
    journal.append_async(
        record("outcome", {{"intent", "3"}, {"result", "lost"}, {"request", "prod/one"}, {"request_uid", "u1"}}));
    journal.append_async(with_uses(record("observed", {{"request", "prod/gone"}, {"request_uid", "u2"}}), 4));
    opened->journal->append_async(record("request_deleted", {{"request", "prod/gone"}, {"request_uid", "u2"}}));
    journal.append_async(with_uses(record("observed", {{"request", "prod/kept-long"}, {"request_uid", "u3"}}), 1));
    opened->journal->append_async(record("request_removed", {{"request", "prod/kept-long"}, {"request_uid", "u3"}}));
  }
  {
    const auto opened = open(dir.path(), "r-0");
    ASSERT_EQ(opened->history.uses.size(), 1u);
    EXPECT_EQ(opened->history.uses[0].key, (model::RequestKey{"prod", "one"}));
    EXPECT_EQ(opened->history.uses[0].request_uid, "u1");
    EXPECT_EQ(opened->history.uses[0].count, 2u);
    opened->journal->append_async(record("answered", {{"resource_version", "500"}}));
    opened->journal->append_async(record("store_restored", {{"resource_version", "30"}}));
    opened->journal->append_async(record("answered", {{"resource_version", "40"}}));
  }
  const auto restored = open(dir.path(), "r-0");
  EXPECT_TRUE(restored->history.uses.empty());
  EXPECT_EQ(restored->history.highest_resource_version, 40u);
}

}  // namespace
}  // namespace sallyport::journal
