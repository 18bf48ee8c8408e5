#include "sink/sinks.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "sink/cursor.hpp"
#include "unit/sink/support.hpp"

namespace sallyport::sink {
namespace {

using Steady = std::chrono::steady_clock;

struct SinksTest : testing::Test {
  Result<std::unique_ptr<Sinks>> start(const std::vector<Settings>& settings) {
    const auto on_disk = [this](std::string_view) -> std::optional<std::uint64_t> {
      if (throws) throw std::runtime_error("nobody expects this");
      return std::nullopt;
    };
    return Sinks::start(settings, {log.path(), log.path(), on_disk,
                                   [this](const model::LogRecord& record) {
                                     const std::lock_guard lock(mutex);
                                     noted.push_back(record.event);
                                   },
                                   [](const std::string&) {}, clock, random});
  }
  // Whether it became so within a while.
  static bool becomes(const std::function<bool()>& so) {
    const auto until = Steady::now() + std::chrono::minutes(3);
    while (!so() && Steady::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return so();
  }
  std::size_t count(std::string_view event) {
    const std::lock_guard lock(mutex);
    return static_cast<std::size_t>(std::ranges::count(noted, event));
  }

  TempDir log, copies;
  Stream stream{"r-0-abcdefgh"};
  SystemClock clock;
  SystemRandom random;
  std::mutex mutex;
  std::vector<std::string> noted;
  std::atomic<bool> throws = false;
};

// While it lives, whoever opens the file waits, as on a disk that hangs. (At most fs.lease-break-time, 45 s.)
class Hanging {
 public:
  explicit Hanging(const std::string& path) : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    std::signal(SIGIO, SIG_IGN);  // by which whoever holds a lease is told that somebody waits
    holds_ = ::fcntl(file_, F_SETLEASE, F_WRLCK) == 0;
  }
  ~Hanging() { ::close(file_); }
  [[nodiscard]] bool holds() const { return holds_; }
  Hanging(const Hanging&) = delete;
  Hanging& operator=(const Hanging&) = delete;

 private:
  int file_;
  bool holds_ = false;
};

TEST_F(SinksTest, WhatIsConfiguredHasACursorAndNothingElse) {
  ASSERT_TRUE(write_cursor(log.path(), {"old", {}}));
  const auto sinks = start({{.name = "copy", .type = Type::file, .directory = copies.path()}});
  ASSERT_TRUE(sinks) << sinks.error().message();
  EXPECT_EQ(read_cursors(log.path()), (std::vector{Cursor{"copy", {}}}));
  EXPECT_TRUE(*start({}));
  EXPECT_EQ(read_cursors(log.path())->size(), 0u);
}

TEST_F(SinksTest, AnEpisodeOfLaggingIsNotedOnce) {
  const auto elsewhere = copies / "later";
  const auto sinks = start({{.name = "copy",
                             .type = Type::file,
                             .directory = elsewhere,
                             .max_backoff = std::chrono::milliseconds(50),
                             .behind_after = std::chrono::milliseconds(1)}});
  ASSERT_TRUE(sinks);
  append(log / "r-0.jsonl", stream.next_lines(3));
  ASSERT_TRUE(becomes([&] { return count("sink_behind") == 1; }));
  ASSERT_TRUE(becomes([&] { return (*sinks)->statuses().at(0).is_behind; }));
  EXPECT_EQ((*sinks)->statuses().at(0).lag_records, 3u);
  EXPECT_EQ(count("sink_caught_up"), 0u);
  std::filesystem::create_directory(elsewhere);
  ASSERT_TRUE(becomes([&] { return count("sink_caught_up") == 1; }));
  EXPECT_EQ(count("sink_behind"), 1u);
  ASSERT_TRUE(becomes([&] { return (*sinks)->statuses().at(0).delivered == 3; }));
  EXPECT_FALSE((*sinks)->statuses().at(0).is_behind);
}

TEST_F(SinksTest, DeliverTheRestBeforeTheyStop) {
  const auto sinks = start({{.name = "copy", .type = Type::file, .directory = copies.path()}});
  ASSERT_TRUE(sinks);
  append(log / "r-0.jsonl", stream.next_lines(3));
  (*sinks)->stop(std::chrono::seconds(10));
  EXPECT_EQ(read_cursor(log.path(), "copy").positions.at(0).seq, 3u);
}

TEST_F(SinksTest, WhatIsYetToDeliverKeepsNeitherThemFromStoppingNorOthersFromTheirTurn) {
  constexpr std::size_t kLines = 20'000;
  append(log / "r-0.jsonl", stream.next_lines(kLines));
  TempDir others;
  const auto sinks =
      start({{.name = "slow", .type = Type::file, .directory = copies.path(), .batch = {.records = 1}},
             {.name = "other", .type = Type::file, .directory = others.path(), .batch = {.records = 1}}});
  ASSERT_TRUE(sinks);
  const auto have_begun = [](const auto& statuses) {
    return !statuses.empty() && std::ranges::all_of(statuses, [](const auto& each) { return each.delivered > 0; });
  };
  ASSERT_TRUE(becomes([&] { return have_begun((*sinks)->statuses()); }));
  (*sinks)->stop(Duration{0});
  EXPECT_LT(read_cursor(log.path(), "slow").positions.at(0).seq, kLines);
}

TEST_F(SinksTest, AReceiverThatNeverAnswersDoesNotKeepThemFromStopping) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor silent(io, {boost::asio::ip::address_v4::loopback(), 0});
  append(log / "r-0.jsonl", stream.next_lines(3));
  const auto sinks =
      start({{.name = "siem",
              .type = Type::otlp,
              .url = "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/v1/logs"}});
  ASSERT_TRUE(sinks);
  const auto connection = silent.accept();  // an attempt is under way
  const auto begun = Steady::now();
  (*sinks)->stop(std::chrono::milliseconds(100));
  EXPECT_LT(Steady::now() - begun, std::chrono::seconds(20));  // an attempt has 30
  EXPECT_TRUE(read_cursor(log.path(), "siem").positions.empty());
}

TEST_F(SinksTest, OneThatFailsUnexpectedlyIsBehindAndIsStartedAgain) {
  append(log / "r-0.jsonl", stream.next_lines(3));
  throws = true;
  const auto sinks = start({{.name = "copy",
                             .type = Type::file,
                             .directory = copies.path(),
                             .max_backoff = std::chrono::milliseconds(300),
                             .behind_after = std::chrono::milliseconds(1)}});
  ASSERT_TRUE(sinks);
  const auto status = [&] { return (*sinks)->statuses().empty() ? Status{} : (*sinks)->statuses().front(); };
  ASSERT_TRUE(becomes([&] { return status().is_behind && status().failures > 1; }));
  EXPECT_EQ(count("sink_behind"), 1u);
  throws = false;
  ASSERT_TRUE(becomes([&] { return status().delivered == 3 && !status().is_behind; }));
  EXPECT_EQ(count("sink_caught_up"), 1u);
}

TEST_F(SinksTest, ADiskThatHangsHoldsUpNeitherTheOthersNorTheEnd) {
  append(log / "r-0.jsonl", stream.next_lines(3));
  const Hanging hanging(copies / "r-0-abcdefgh.1.jsonl");
  if (!hanging.holds()) GTEST_SKIP() << "this file system has no leases, by which a disk is made to hang";
  TempDir others;
  const auto sinks = start({{.name = "hung",
                             .type = Type::file,
                             .directory = copies.path(),
                             .timeout = std::chrono::milliseconds(100),
                             .behind_after = std::chrono::milliseconds(1)},
                            {.name = "other", .type = Type::file, .directory = others.path()}});
  ASSERT_TRUE(sinks);
  const auto status = [&](std::size_t index) {
    const auto all = (*sinks)->statuses();
    return all.empty() ? Status{} : all.at(index);
  };
  ASSERT_TRUE(becomes([&] { return status(1).delivered == 3; }));
  ASSERT_TRUE(becomes([&] { return status(0).is_behind; }));
  (*sinks)->stop(Duration{0});
  EXPECT_EQ(status(0).delivered, 0u);
  EXPECT_TRUE(read_cursor(log.path(), "hung").positions.empty());
}

}  // namespace
}  // namespace sallyport::sink
