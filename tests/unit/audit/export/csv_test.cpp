#include "audit/export/csv.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::audit {
namespace {

TEST(Csv, ACellIsQuotedAndQuotesInItAreDoubled) {
  EXPECT_EQ(csv_cell(""), R"("")");
  EXPECT_EQ(csv_cell("UPDATE deployments/api, now"), R"("UPDATE deployments/api, now")");
  EXPECT_EQ(csv_cell(R"(say "yes")"), R"("say ""yes""")");
}

TEST(Csv, WhatASpreadsheetWouldTakeForAFormulaIsText) {
  for (const std::string formula : {"=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠1"}) {
    EXPECT_EQ(csv_cell(formula), "\"'" + formula + "\"");
  }
  EXPECT_EQ(csv_cell(" =1"), "\" '=1\"");
  EXPECT_EQ(csv_cell("\"=1"), "\"\"\"'=1\"");
  EXPECT_EQ(csv_cell("a;=1; -2;b-c"), "\"a;'=1; '-2;b-c\"");  // where semicolons separate
  EXPECT_EQ(csv_cell("a=b - c@d"), "\"a=b - c@d\"");
}

TEST(Csv, ControlCharactersAreShownNotSent) {
  EXPECT_EQ(csv_cell("\t=1"), R"("\u0009=1")");
  EXPECT_EQ(csv_cell("\r\n=1"), R"("\u000d\u000a=1")");
  EXPECT_EQ(csv_cell("\x1b[2J\u202e"), R"("\u001b[2J\u202e")");
  EXPECT_EQ(csv_cell(std::string_view("a\0b", 3)), R"("a\u0000b")");
}

TEST(Csv, ACellIsNoLongerThanSpreadsheetsHold) {
  EXPECT_LE(csv_cell(std::string(100'000, 'x')).size(), 32'767u);
  EXPECT_TRUE(csv_cell(std::string(100'000, 'x')).ends_with("... (cut)\""));
}

TEST(Csv, ARowHasTheColumnsOfItsHeading) {
  const std::string text =
      R"({"v":1,"seq":7,"time":"2026-11-21T10:00:05.000000Z","stream":"replica-0-abcdefgh","event":"intent",)"
      R"("kind":"decision","request":"shop/gate-1","verdict":"Approved","reason":"fine","reviewers":["alice","bob"]})"
      "\n";
  EXPECT_EQ(csv_heading(),
            "\"time\",\"stream\",\"seq\",\"event\",\"kind\",\"request\",\"agent\",\"username\",\"operation\","
            "\"resource\",\"namespace\",\"name\",\"summary\",\"who\",\"verdict\",\"result\",\"code\",\"why\","
            "\"digest\",\"sha256\"\r\n");
  EXPECT_TRUE(csv_row({text, *json::parse(text)}, nullptr)
                  .starts_with("\"2026-11-21T10:00:05.000000Z\",\"replica-0-abcdefgh\",\"7\",\"intent\",\"decision\","
                               "\"shop/gate-1\",\"\",\"\",\"\",\"\",\"shop\",\"\",\"\",\"alice, bob\",\"Approved\","
                               "\"\",\"\",\"fine\",\"\",\""));
}

}  // namespace
}  // namespace sallyport::audit
