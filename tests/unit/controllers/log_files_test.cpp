#include "controllers/log_files.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "rotated_log.hpp"
#include "seams/memory.hpp"

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct LogFilesTest : testing::Test {
  // In real time: the disk has threads of its own.
  bool until(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    // Asked once a round: files are renamed and removed while this looks at them.
    while (std::chrono::steady_clock::now() < deadline) {
      if (holds()) return true;
      io.restart();
      io.run_one_for(5ms);
    }
    return false;
  }
  std::size_t files(std::string_view extension) const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(dir)) count += entry.path().extension() == extension ? 1u : 0u;
    return count;
  }
  bool log_holds(std::string_view text) const {
    for (const auto& entry : fs::directory_iterator(dir)) {
      std::ifstream file(entry.path());
      const std::string content{std::istreambuf_iterator<char>(file), {}};
      if (content.contains(text)) return true;
    }
    return false;
  }
  void run(LogFilesController& controller, const std::function<bool()>& until_then) {
    runner.spawn("log-files", controller.run());
    after_the_loop();
    EXPECT_TRUE(until(until_then));
    controller.stop();
    runner.stop();
    bool ended = false;
    EXPECT_TRUE(until([&] {
      boost::asio::co_spawn(io, runner.ended({}), [&](const std::exception_ptr&, bool all) { ended = all; });
      io.restart();
      io.poll();
      return ended;
    }));
  }

  boost::asio::io_context io;
  seams::MemoryClock clock{io};
  Runner runner{io.get_executor(), clock};
  RotatedLog log{4};
  std::string dir = log.dir.path();
  std::function<void()> after_the_loop = [] {};
};

TEST_F(LogFilesTest, ClosedFilesAreCompressedWhereThatIsWanted) {
  LogFilesController controller(runner, log.journal(), {.dir = dir, .keep = {}, .compress = true}, 0);
  run(controller, [&] { return files(".gz") >= 2; });
}

// The log says so first; the files go with the next pass, when a signature stands behind that line. Here: the line.
TEST_F(LogFilesTest, ClosedFilesThatAreOldEnoughAreRetired) {
  clock.advance(std::chrono::hours(24 * 365 * 20));  // the lines have the machine's own time
  LogFilesController controller(runner, log.journal(), {.dir = dir, .keep = 1h, .compress = false}, 0);
  run(controller, [&] { return log_holds(R"("event":"retired")"); });
}

TEST_F(LogFilesTest, WithoutASettingNothingIsTouched) {
  const auto before = files(".jsonl");
  LogFilesController controller(runner, log.journal(), {.dir = dir, .keep = {}, .compress = false}, 0);
  bool looked = false;
  after_the_loop = [&] {
    runner.spawn("after", [](Runner& over, bool& done) -> boost::asio::awaitable<void> {
      done = true;  // spawned after the loop, which has had its round by then
      while (!over.stopping()) co_await over.pause(1h);
    }(runner, looked));
  };
  run(controller, [&] { return looked; });
  EXPECT_GE(files(".jsonl"), before);
  EXPECT_EQ(files(".gz"), 0u);
  EXPECT_FALSE(log_holds(R"("event":"retired")"));
}

}  // namespace
}  // namespace sallyport::controllers
