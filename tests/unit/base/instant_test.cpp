#include "base/instant.hpp"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

using namespace std::chrono;

Instant at(int y, unsigned m, unsigned d, Duration time = {}) {
  return sys_days{year{y} / month{m} / day{d}} + time;
}

TEST(ParseInstant, ReadsWhatKubernetesAndOthersWrite) {
  const struct {
    const char* text;
    Instant instant;
  } cases[] = {
      {"1970-01-01T00:00:00Z", Instant{}},
      {"2026-11-21T05:14:09Z", at(2026, 11, 21, 5h + 14min + 9s)},
      {"2026-11-21T05:14:09.000001Z", at(2026, 11, 21, 5h + 14min + 9s + 1us)},
      {"2026-11-21T05:14:09.5Z", at(2026, 11, 21, 5h + 14min + 9s + 500ms)},
      {"2026-11-21T05:14:09.999999999Z", at(2026, 11, 21, 5h + 14min + 9s + 999999us)},
      {"2026-11-21T05:14:09+05:30", at(2026, 11, 20, 23h + 44min + 9s)},
      {"2026-12-31T23:30:00-01:00", at(2027, 1, 1, 30min)},
      {"2024-02-29T00:00:00Z", at(2024, 2, 29)},
      {"1969-12-31T23:59:59.75Z", Instant{-250ms}},
      {"0000-01-01T00:00:00Z", at(0, 1, 1)},
      {"9999-12-31T23:59:59.999999Z", at(10000, 1, 1) - 1us},
  };
  for (const auto& [text, instant] : cases) EXPECT_EQ(parse_instant(text), instant) << text;
}

TEST(ParseInstant, RefusesEverythingElse) {
  const char* cases[] = {
      "",
      "Z",
      "now",
      "2026-11-21",
      "2026-11-21T05:14:09",
      "2026-11-21 05:14:09Z",
      "2026-11-21t05:14:09z",
      "2026-11-21T05:14Z",
      "2026-11-21T5:14:09Z",
      "26-11-21T05:14:09Z",
      "12026-11-21T05:14:09Z",
      "+2026-11-21T05:14:09Z",
      "-2026-11-21T05:14:09Z",
      "2026-+1-21T05:14:09Z",
      "2026-13-21T05:14:09Z",
      "2026-00-21T05:14:09Z",
      "2026-11-31T05:14:09Z",
      "2025-02-29T05:14:09Z",
      "2026-11-00T05:14:09Z",
      "2026-11-21T24:00:00Z",
      "2026-11-21T05:60:00Z",
      "2026-11-21T05:14:60Z",
      "2026-11-21T05:14:09.Z",
      "2026-11-21T05:14:09,5Z",
      "2026-11-21T05:14:09.5",
      "2026-11-21T05:14:09+0530",
      "2026-11-21T05:14:09+24:00",
      "2026-11-21T05:14:09+05:60",
      "2026-11-21T05:14:09+05",
      "2026-11-21T05:14:09ZZ",
      "2026-11-21T05:14:09Z ",
      " 2026-11-21T05:14:09Z",
      "0000-01-01T00:00:00+00:01",
      "9999-12-31T23:59:59-00:01",
  };
  for (const char* text : cases) EXPECT_EQ(parse_instant(text), std::nullopt) << text;
  EXPECT_EQ(parse_instant(std::string_view("2026-11-21T05:14:09Z\0", 21)), std::nullopt);
}

TEST(FormatInstant, SortsAsTextAndParsesBack) {
  const Instant ordered[] = {
      at(0, 1, 1),           Instant{-1us},         Instant{},
      Instant{1us},          Instant{1s},           at(2024, 2, 29, 23h + 59min + 59s + 999999us),
      at(2026, 11, 21, 14h), at(9999, 12, 31, 1us),
  };
  std::string before;
  for (const Instant instant : ordered) {
    const auto text = format_instant(instant);
    EXPECT_LT(before, text);
    EXPECT_EQ(parse_instant(text), instant) << text;
    before = text;
  }
  EXPECT_EQ(format_instant(at(2026, 11, 21, 5h + 4min + 9s + 30us)), "2026-11-21T05:04:09.000030Z");
}

TEST(FormatInstant, StaysWithinFourDigitYears) {
  EXPECT_EQ(format_instant(Instant::max()), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_instant(Instant::min()), "0000-01-01T00:00:00.000000Z");
}

TEST(ParseDuration, ReadsGosNotationWithoutFractions) {
  const struct {
    const char* text;
    Duration duration;
  } cases[] = {
      {"1h30m", 90min},    {"28s", 28s}, {"500ms", 500ms},
      {"15m", 15min},      {"24h", 24h}, {"1us", 1us},
      {"0h1s", 1s},        {"007s", 7s}, {"1h2m3s4ms5us", 1h + 2min + 3s + 4ms + 5us},
      {"90s1h", 1h + 90s}, {"1s1s", 2s}, {"2562047h47m16s854ms775us", microseconds{9223372036854775}},
  };
  for (const auto& [text, duration] : cases) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, duration) << text;
  }
}

TEST(ParseDuration, RefusesEverythingElseAndSaysWhichTextItWas) {
  const char* cases[] = {
      "0",
      "0s",
      "0h0m",
      "1",
      "s",
      "h1",
      "-1s",
      "+1s",
      "1.5h",
      "1 h",
      " 1s",
      "1s ",
      "1d",
      "1H",
      "5ns",
      "1µs",
      "1h30",
      "1h-30m",
      "0x10s",
      "2562047h47m16s854ms776us",
      "2562048h",
      "9223372036854775807us",
      "9223372036854775808s",
      "99999999999999999999999h",
      "9223372036854775us1us",
  };
  for (const char* text : cases) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), ErrorCode::bad_input);
    EXPECT_NE(parsed.error().message().find("\"" + std::string(text) + "\""), std::string::npos);
  }
  EXPECT_FALSE(parse_duration(""));
  EXPECT_FALSE(parse_duration(std::string_view("1s\0", 3)));
}

TEST(FormatDuration, IsShortAndParsesBack) {
  const struct {
    Duration duration;
    const char* text;
  } cases[] = {
      {90min, "1h30m"}, {28s, "28s"}, {500ms, "500ms"}, {1s + 500ms, "1s500ms"}, {24h, "24h"}, {1us, "1us"},
  };
  for (const auto& [duration, text] : cases) {
    EXPECT_EQ(format_duration(duration), text);
    EXPECT_EQ(parse_duration(text).value(), duration);
  }
}

TEST(FormatDuration, WritesAlsoWhatIsNoInput) {
  EXPECT_EQ(format_duration(Duration{0}), "0s");
  EXPECT_EQ(format_duration(-90s), "-1m30s");
  EXPECT_EQ(format_duration(Duration::min()), "-2562047788h54s775ms808us");
}

}  // namespace
}  // namespace sallyport
