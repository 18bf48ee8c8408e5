#include "engine/log_quota.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"
#include "seams/world.hpp"

namespace sallyport::engine {
namespace {

using namespace std::chrono_literals;

struct Quota {
  boost::asio::io_context io;
  seams::MemoryClock clock{io};
  seams::MemoryJournal journal{clock};
  Settings settings;
  LogQuota quota{journal, clock, settings};

  static model::LogRecord refusal(const std::string& agent, const std::string& code = "Guarded") {
    return {"answered", json::Value::object().set("agent", agent).set("code", code)};
  }
  static model::LogRecord audited(const std::string& agent) {
    return {"audited", json::Value::object().set("agent", agent)};
  }
  void refuse(const std::string& agent, std::size_t times, const std::string& code = "Guarded") {
    for (std::size_t i = 0; i < times; ++i) quota.note_answer(refusal(agent, code));
  }
  // Of the lines that tell counts, the one about `who`.
  [[nodiscard]] std::string counts(const std::string& who) const {
    for (const auto& record : journal.records) {
      if (record.event == "not_written" && record.fields["who"].text() == who) {
        return json::write(record.fields["counts"]);
      }
    }
    return "";
  }
};

TEST(LogQuota, OfManyRefusalsAMinuteTheFirstHaveLinesAndTheRestACount) {
  Quota quota;
  quota.refuse("deployer", 60);
  quota.refuse("deployer", 40);
  quota.refuse("deployer", 3, "ApprovalRequired");
  quota.refuse("other", 5);
  EXPECT_EQ(quota.journal.count("answered", "agent", "deployer"), 60u);
  EXPECT_EQ(quota.journal.count("answered", "agent", "other"), 5u);
  quota.quota.flush();
  EXPECT_EQ(quota.counts("deployer"), "") << "the minute is not over";
  quota.clock.advance(60s);
  quota.quota.flush();
  EXPECT_EQ(quota.counts("deployer"), R"({"ApprovalRequired":3,"Guarded":40})");
  EXPECT_EQ(quota.counts("other"), "") << "each of them has a line";
  quota.refuse("deployer", 1);
  EXPECT_EQ(quota.journal.count("answered", "agent", "deployer"), 61u) << "another minute";
}

TEST(LogQuota, ALineThatStandsForManyIsCountedAsMany) {
  Quota quota;
  quota.refuse("deployer", 60);
  auto many = Quota::refusal("deployer");
  many.fields.set("count", std::uint64_t{7});
  quota.quota.note_answer(std::move(many));
  quota.quota.flush(true);
  EXPECT_EQ(quota.counts("deployer"), R"({"Guarded":7})");
}

TEST(LogQuota, WhatIsLeftOutIsToldOnceAnHour) {
  Quota quota;
  for (int i = 0; i < 1000; ++i) quota.quota.leave_out(Quota::audited("deployer"));
  quota.clock.advance(59min);
  quota.quota.flush();
  EXPECT_TRUE(quota.journal.records.empty());
  quota.clock.advance(1min);
  quota.quota.flush();
  EXPECT_EQ(quota.counts("deployer"), R"({"audited":1000})");
  EXPECT_EQ(quota.journal.records.size(), 1u);
  quota.quota.flush(true);
  EXPECT_EQ(quota.journal.records.size(), 1u) << "nothing has come since";
}

TEST(LogQuota, AReplicaThatEndsTellsItAtOnce) {
  Quota quota;
  quota.quota.leave_out(Quota::audited("deployer"));
  quota.quota.flush(true);
  EXPECT_EQ(quota.counts("deployer"), R"({"audited":1})");
}

TEST(LogQuota, IsUsedUpByTheAgentsOwnRecords) {
  Quota quota;
  quota.settings.log_bytes_per_agent_a_day = 1000;
  quota.journal.append_async(Quota::audited("other"));
  auto large = Quota::audited("deployer");
  large.fields.set("facts", std::string(1000, 'x'));
  EXPECT_FALSE(quota.quota.is_used_up("deployer"));
  quota.journal.append_async(std::move(large));
  EXPECT_TRUE(quota.quota.is_used_up("deployer"));
  EXPECT_FALSE(quota.quota.is_used_up("other"));
}

}  // namespace
}  // namespace sallyport::engine
