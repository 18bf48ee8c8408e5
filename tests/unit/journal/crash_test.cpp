#include <csignal>
#include <cstdio>
#include <map>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.hpp"

namespace sallyport::journal {
namespace {

constexpr int kWriters = 16;

boost::asio::awaitable<void> append_for_ever(Journal& journal, int pipe) {
  while (true) {
    const auto position = co_await journal.append(record("intent", {{"intent", "i"}, {"kind", "use"}}));
    if (!position) ::_exit(1);
    const auto told = std::to_string(position->seq) + " " + position->head + "\n";
    if (::write(pipe, told.data(), told.size()) != static_cast<ssize_t>(told.size())) ::_exit(1);
  }
}

// The child: tells through the pipe what it was told to be on disk, until it is killed.
[[noreturn]] void write_until_killed(const std::string& dir, int pipe) {
  const auto opened = open(dir, "r-0");
  if (!opened) ::_exit(1);
  boost::asio::io_context io;
  for (int i = 0; i < kWriters; ++i)
    boost::asio::co_spawn(io, append_for_ever(*opened->journal, pipe), boost::asio::detached);
  io.run();
  ::_exit(1);
}

// Everything a killed process was told to be on disk is there, at its place.
TEST(Crash, KillLosesNoAcknowledgedRecord) {
  const TempDir dir;
  std::map<std::uint64_t, std::string> acknowledged;
  for (int round = 0; round < 8; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) write_until_killed(dir.path(), ends[1]);
    ::close(ends[1]);

    auto* told = ::fdopen(ends[0], "r");
    unsigned long seq = 0;
    char head[65];
    int count = 0;
    while (std::fscanf(told, "%lu %64s", &seq, head) == 2) {
      EXPECT_TRUE(acknowledged.emplace(seq, head).second) << seq << " was given out twice";
      if (++count == 100) {
        EXPECT_EQ(open(dir.path(), "r-0").error().code(), ErrorCode::conflict);
        ::kill(child, SIGKILL);
      }
    }
    std::fclose(told);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ASSERT_GE(count, 100);

    const auto opened = open(dir.path(), "r-0");
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_GE(opened->records, acknowledged.rbegin()->first);
  }
  const auto lines = lines_of(read_file(dir / "r-0.jsonl"));
  for (const auto& [seq, head] : acknowledged) {
    ASSERT_LE(seq, lines.size());
    EXPECT_EQ(head_of(lines[seq - 1]), head) << seq;
  }
}

}  // namespace
}  // namespace sallyport::journal
