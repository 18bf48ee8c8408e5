#include "sink/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.hpp"
#include "sink/receiver.hpp"

namespace sallyport::sink {
namespace {

using testing::HasSubstr;

Result<Settings> read(const char* text) {
  return read_settings(*json::parse(text));
}

TEST(Settings, AreReadWithTheirDefaults) {
  const auto webhook = read(R"({"name":"siem","type":"webhook","url":"https://siem:8443/in","secretDir":"/s"})");
  ASSERT_TRUE(webhook) << webhook.error().message();
  EXPECT_EQ(webhook->type, Type::webhook);
  EXPECT_EQ(webhook->batch.records, 500u);
  EXPECT_EQ(webhook->on_rejected, OnRejected::stop);
  const auto file = read(R"({"name":"copy","type":"file","directory":"/copy","behindAfter":"5s","batchBytes":4096})");
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->behind_after, std::chrono::seconds(5));
  EXPECT_EQ(file->batch.bytes, 4096u);
  for (const char* other :
       {R"({"name":"out","type":"stdout"})", R"({"name":"o","type":"otlp","url":"http://collector:4318/v1/logs"})",
        R"({"name":"o","type":"otlp","url":"http://localhost:4318/v1/logs","secretDir":"/s"})",
        R"({"name":"s","type":"syslog","url":"logs:6514","secretDir":"/s"})",
        R"({"name":"h","type":"splunk","url":"https://hec/x","secretDir":"/s","onRejected":"Skip"})"}) {
    EXPECT_TRUE(read(other)) << other;
  }
}

TEST(Settings, ThatCanNotWorkAreASentence) {
  const std::pair<const char*, const char*> wrong[] = {
      {R"({"name":"x"})", "type must be"},
      {R"({"name":"x","type":"kafka"})", "type must be"},
      {R"({"type":"stdout"})", "name must be a DNS label"},
      {R"({"name":"../x","type":"stdout"})", "name must be a DNS label"},
      {R"({"name":"x","type":"stdout","url":"https://x"})", "unknown key \"url\"; stdout has"},
      {R"({"name":"x","type":"file"})", "directory is missing"},
      {R"({"name":"x","type":"file","directory":"copy"})", "directory is missing"},
      {R"({"name":"x","type":"webhook","secretDir":"/s"})", "url is missing"},
      {R"({"name":"x","type":"webhook","url":"https://x"})", "secretDir is missing: where the file key is"},
      {R"({"name":"x","type":"webhook","url":"https://x","key":"abc","secretDir":"/s"})", "unknown key \"key\""},
      {R"({"name":"x","type":"webhook","url":"https://x?token=1","secretDir":"/s"})", "a query"},
      {R"({"name":"x","type":"splunk","url":"http://hec:8088","secretDir":"/s"})", "https://"},
      {R"({"name":"x","type":"otlp","url":"http://otel:4318","secretDir":"/s"})", "https://"},
      {R"({"name":"x","type":"syslog","url":"https://x"})", "url"},
      {R"({"name":"x","type":"syslog","url":"x:1/y"})", "host:port"},
      {R"({"name":"x","type":"stdout","batchRecords":0})", "batchRecords must be a number from 1"},
      {R"({"name":"x","type":"stdout","batchBytes":99999999})", "batchBytes must be a number"},
      {R"({"name":"x","type":"stdout","behindAfter":"2h"})", "behindAfter must be a time"},
      {R"({"name":"x","type":"otlp","url":"https://x","onRejected":"Drop"})", "Stop or Skip"},
      {R"([])", "type must be"},
  };
  for (const auto& [text, why] : wrong) {
    const auto settings = read(text);
    ASSERT_FALSE(settings) << text;
    EXPECT_THAT(settings.error().message(), HasSubstr(why));
  }
}

TEST(Outcome, DependsOnTheStatusAlone) {
  using enum Outcome::Kind;
  const auto kind_of = [](int status) { return outcome_of({.status = status, .body = "token"}).kind; };
  for (const int status : {200, 202, 204}) EXPECT_EQ(kind_of(status), taken) << status;
  for (const int status : {400, 413, 415, 422}) EXPECT_EQ(kind_of(status), rejected) << status;
  // What whoever runs it can mend, or time: nothing is wrong with the lines.
  for (const int status : {101, 301, 401, 403, 404, 408, 429, 500, 502, 503})
    EXPECT_EQ(kind_of(status), later) << status;
  const auto busy = outcome_of({.status = 429, .headers = {{"Retry-After", "7"}}});
  EXPECT_EQ(busy.retry_after, std::chrono::seconds(7));
  EXPECT_EQ(busy.why, "the receiver answered 429");
  EXPECT_EQ(outcome_of({.status = 503, .headers = {{"Retry-After", "86400"}}}).retry_after, std::chrono::minutes(5));
  EXPECT_EQ(outcome_of({.status = 503, .headers = {{"Retry-After", "-1"}}}).retry_after, Duration{});
}

}  // namespace
}  // namespace sallyport::sink
