#include "controllers/policy_recorder.hpp"

#include <gtest/gtest.h>

#include "seams/memory.hpp"

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;

// A disk that takes its time.
struct SlowJournal : seams::MemoryJournal {
  explicit SlowJournal(seams::MemoryClock& own_clock) : MemoryJournal(own_clock), clock(own_clock) {}
  engine::Awaitable<model::LogPosition> append(model::LogRecord record) override {
    co_await clock.make_alarm()->wait(1s);
    co_return co_await MemoryJournal::append(std::move(record));
  }
  engine::AlarmClock& clock;
};

struct PolicyRecorderTest : testing::Test {
  void record(int count) {
    for (int i = 0; i < count; ++i) {
      model::LogRecord one{"policy"};
      one.fields.set("name", "p" + std::to_string(next++));
      recorder.record(std::move(one));
    }
  }
  boost::asio::io_context io;
  seams::MemoryClock clock{io};
  SlowJournal journal{clock};
  Runner runner{io.get_executor(), clock};
  PolicyRecorder recorder{runner, journal};
  int next = 0;
};

TEST_F(PolicyRecorderTest, AllComeIntoTheLogInTheirOrder) {
  record(100);
  clock.settle();
  record(30);
  clock.advance(1min);
  ASSERT_EQ(journal.records.size(), 130u);
  for (int i = 0; i < 130; ++i)
    EXPECT_EQ(journal.records[static_cast<std::size_t>(i)].fields["name"].text(), "p" + std::to_string(i));
}

TEST_F(PolicyRecorderTest, NoMoreThanAFewWaitForTheDiskAtOnce) {
  record(1000);
  clock.settle();
  EXPECT_EQ(journal.records.size(), 31u) << "the 32nd is on its way to the disk";
  clock.advance(1s);
  EXPECT_EQ(journal.records.size(), 63u);
  runner.stop();
  clock.advance(1min);
}

}  // namespace
}  // namespace sallyport::controllers
