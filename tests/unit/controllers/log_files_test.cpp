#include "controllers/log_files.hpp"

#include <filesystem>

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include "seams/memory.hpp"

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// A log whose every line fills a file.
struct LogFilesTest : testing::Test {
  LogFilesTest() {
    std::string name = (fs::temp_directory_path() / "sallyport-log-files-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    dir = name;
    auto opened = journal::open(dir, "r-0", {.file_bytes = 1});
    EXPECT_TRUE(opened) << opened.error().message();
    log = std::move(*opened);
    for (int i = 0; i < 4; ++i) {
      bool written = false;
      boost::asio::co_spawn(io, log.journal->append(model::LogRecord{"one"}),
                            [&](const std::exception_ptr&, const auto& at) { written = at.has_value(); });
      EXPECT_TRUE(until([&] { return written; }));
    }
  }
  ~LogFilesTest() override {
    log.journal.reset();
    fs::remove_all(dir);
  }

  // In real time: the disk has threads of its own.
  bool until(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!holds() && std::chrono::steady_clock::now() < deadline) {
      io.restart();
      io.run_one_for(5ms);
    }
    return holds();
  }
  std::size_t files(std::string_view extension) const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(dir)) count += entry.path().extension() == extension ? 1u : 0u;
    return count;
  }
  void run(LogFilesController& controller, const std::function<bool()>& until_then) {
    runner.spawn("log-files", controller.run());
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
  std::string dir;
  journal::Opened log;
};

TEST_F(LogFilesTest, ClosedFilesAreCompressedWhereThatIsWanted) {
  LogFilesController controller(runner, *log.journal, {.dir = dir, .keep = {}, .compress = true}, 0);
  run(controller, [&] { return files(".gz") >= 2; });
}

TEST_F(LogFilesTest, WithoutASettingNothingIsTouched) {
  const auto before = files(".jsonl");
  LogFilesController controller(runner, *log.journal, {.dir = dir, .keep = {}, .compress = false}, 0);
  run(controller, [] { return true; });
  EXPECT_GE(files(".jsonl"), before);
  EXPECT_EQ(files(".gz"), 0u);
}

}  // namespace
}  // namespace sallyport::controllers
