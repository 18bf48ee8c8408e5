// A log of an older build (tests/data/older_log) is one that this build goes on with.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/keys.hpp"
#include "audit/verify.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "journal/journal.hpp"
#include "logs/closed_files.hpp"
#include "unit/logs/support.hpp"
#include "unit/test_files.hpp"

namespace sallyport::audit {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

constexpr std::uint64_t kLines = 69;
constexpr auto kStream = "replica-0-bw6uojbr";

struct OlderLog : testing::Test {
  OlderLog() {
    for (const auto& entry : fs::directory_iterator(test_file("data/older_log"))) {
      if (entry.path().filename().string().starts_with("replica-0")) fs::copy(entry, dir.path());
    }
  }
  [[nodiscard]] journal::Opened open(const journal::Limits& limits = {}) {
    auto opened = journal::open(dir.path(), "replica-0", clock, random, limits);
    EXPECT_TRUE(opened) << opened.error().message();
    return opened ? std::move(*opened) : journal::Opened{};
  }
  // Writes so many lines, and ends as a replica does that is stopped.
  void go_on(int lines, const journal::Limits& limits) {
    const auto opened = open(limits);
    ASSERT_NE(opened.journal, nullptr);
    const auto pem = logs::read_file(test_file("data/older_log/log_test_key.pem"));
    opened.journal->sign_with(SigningKey::read(Secret(pem)).value());
    while (lines-- > 0) opened.journal->append_async(model::LogRecord{"one"});
  }
  [[nodiscard]] Report verified() const {
    const auto keys = read_keys({test_file("data/older_log/log_test_key.pub")});
    return verify(logs::find_logs({dir.path()}), {.keys = keys.value(), .witnesses = {}}, {});
  }

  logs::TempDir dir;
  SystemClock clock;
  SystemRandom random;
};

TEST_F(OlderLog, IsClean) {
  const auto report = verified();
  EXPECT_EQ(verdict_of(report), Verdict::clean);
  ASSERT_EQ(report.streams.size(), 1u);
  EXPECT_EQ(report.streams[0].lines, kLines);
  EXPECT_EQ(report.streams[0].signed_up_to, kLines - 1) << "the last line is the signature";
}

TEST_F(OlderLog, IsReadAtTheStart) {
  const auto opened = open();
  ASSERT_NE(opened.journal, nullptr);
  EXPECT_EQ(opened.journal->stream(), kStream);
  EXPECT_EQ(opened.records, kLines);
  EXPECT_THAT(opened.open_intents, IsEmpty());
  EXPECT_EQ(opened.history.uses.size(), 4u);
  EXPECT_FALSE(opened.repaired);
}

TEST_F(OlderLog, GoesOnInItsFile) {
  go_on(3, {.file_age = std::chrono::years(100)});
  const auto report = verified();
  EXPECT_EQ(verdict_of(report), Verdict::clean);
  ASSERT_EQ(report.streams.size(), 1u);
  EXPECT_EQ(report.streams[0].files.size(), 3u);
  EXPECT_EQ(report.streams[0].lines, kLines + 4) << "with the signature";
  EXPECT_EQ(report.streams[0].signed_up_to, kLines + 3);
  const auto again = open();
  EXPECT_EQ(again.records, kLines + 4);
}

TEST_F(OlderLog, GoesOnInTheNextFile) {
  go_on(1, {.file_bytes = 1});
  go_on(1, {.file_bytes = 1});
  const auto report = verified();
  EXPECT_EQ(verdict_of(report), Verdict::clean);
  ASSERT_EQ(report.streams.size(), 1u);
  EXPECT_GE(report.streams[0].files.size(), 4u);
  EXPECT_EQ(report.streams[0].signed_up_to, report.streams[0].lines - 1);
  const auto closed = logs::closed_files(dir.path(), kStream).value();
  ASSERT_GE(closed.size(), 3u);
  for (const auto& file : closed) EXPECT_EQ(file.why_unknown, std::nullopt) << file.path;
  EXPECT_EQ(open().records, report.streams[0].lines);
}

// That the key is the log's own is what makes all of this clean.
TEST_F(OlderLog, IsNotCleanByAnotherKey) {
  const auto other = SigningKey::make().value();
  const auto report =
      verify(logs::find_logs({dir.path()}), {.keys = {{.key = other.public_key()}}, .witnesses = {}}, {});
  EXPECT_EQ(verdict_of(report), Verdict::broken);
}

}  // namespace
}  // namespace sallyport::audit
