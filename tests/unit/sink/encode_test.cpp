#include "sink/encode.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"
#include "unit/sink/support.hpp"

namespace sallyport::sink {
namespace {

struct EncodeTest : testing::Test {
  Stream stream{"r-0-abcdefgh"};
  std::vector<std::string> lines{stream.next(), stream.next(10)};
  Batch batch = batch_of(lines);
  static std::string text_of(const std::string& line) { return line.substr(0, line.size() - 1); }
};

TEST_F(EncodeTest, NdjsonIsTheLines) {
  EXPECT_EQ(ndjson(batch), lines[0] + lines[1]);
}

TEST_F(EncodeTest, OtlpHasARecordForEachLineWithItsBytes) {
  const auto request = json::parse(otlp_logs(batch, Instant(std::chrono::seconds(1'800'000'000))));
  ASSERT_TRUE(request);
  const auto& resource_logs = (*request)["resourceLogs"].items()[0];
  EXPECT_EQ(json::write(resource_logs["resource"]),
            R"({"attributes":[{"key":"service.name","value":{"stringValue":"sallyport"}},)"
            R"({"key":"service.instance.id","value":{"stringValue":"r-0"}}]})");
  const auto records = resource_logs["scopeLogs"].items()[0]["logRecords"].items();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1]["body"]["stringValue"].text(), text_of(lines[1]));
  EXPECT_EQ(records[1]["timeUnixNano"].text(), "1763719202000000000");
  EXPECT_EQ(records[1]["observedTimeUnixNano"].text(), "1800000000000000000");
  EXPECT_EQ(records[1]["eventName"].text(), "sallyport.answered");
  EXPECT_EQ(json::write(records[1]["attributes"]),
            R"([{"key":"sallyport.stream","value":{"stringValue":"r-0-abcdefgh"}},)"
            R"({"key":"sallyport.seq","value":{"intValue":"2"}}])");
}

TEST_F(EncodeTest, SplunkEventsStandOneBehindAnother) {
  const auto body = splunk_events(batch, "audit");
  const auto second = body.find(R"({"time":"1763719202)");
  ASSERT_NE(second, std::string::npos);
  const auto event = json::parse(body.substr(second));
  ASSERT_TRUE(event);
  EXPECT_EQ((*event)["time"].text(), "1763719202.000000");
  EXPECT_EQ((*event)["host"].text(), "r-0");
  EXPECT_EQ((*event)["index"].text(), "audit");
  EXPECT_EQ((*event)["event"].text(), text_of(lines[1]));
  EXPECT_EQ(json::write((*event)["fields"]), R"({"stream":"r-0-abcdefgh","seq":"2"})");
  EXPECT_FALSE(splunk_events(batch, "").contains("index"));
}

TEST_F(EncodeTest, SyslogFramesCountTheirBytes) {
  auto frames = syslog_frames(batch);
  for (const auto& line : lines) {
    const auto blank = frames.find(' ');
    const auto size = std::stoul(frames.substr(0, blank));
    const auto message = frames.substr(blank + 1, size);
    EXPECT_EQ(message.size(), size);
    const auto seq = std::to_string(journal::read_start(line)->seq);
    EXPECT_EQ(message, "<110>1 2025-11-21T10:00:0" + seq +
                           ".000000Z r-0 sallyport - answered [sallyport@32473 stream=\"" + batch.stream + "\" seq=\"" +
                           seq + "\"] " + text_of(line));
    frames.erase(0, blank + 1 + size);
  }
  EXPECT_EQ(frames, "");
}

TEST_F(EncodeTest, ASyslogHeaderHoldsNothingThatEndsItEarly) {
  journal::Place place{"r]-0\n x", 1, std::string(journal::kBeginning)};
  const auto line = journal::make_line(place, Instant{}, Duration{}, "\"event\":\"a b\"}");
  const auto frames = syslog_frames(batch_of({line}));
  EXPECT_TRUE(frames.contains(" r] sallyport - a_b [sallyport@32473 stream=\"r\\]-0\n x\" ")) << frames;
}

// Worked out with `openssl dgst -sha256 -hmac`.
TEST(Signature, IsAnHmacOverTimeAndBody) {
  EXPECT_EQ(signature(Secret("key"), Instant(std::chrono::seconds(1700000000)), "{}\n"),
            "t=1700000000,v1=e7b2db2a9191d08b7d95e17269f78ba083729e7bd3bf9be2b82d2f8cd93c86ef");
}

}  // namespace
}  // namespace sallyport::sink
