#include "doctor/view.hpp"

#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>

namespace sallyport::doctor {
namespace {

using testing::HasSubstr;

Report broken() {
  Report report;
  report.add({"disks have room", Mark::warning, "the disk is 93 % full", "Make room", "df -h"});
  report.close("clocks agree");
  report.add({"the gate stands", Mark::fault, "the gate of " + std::string(90, 'n') + " is gone", "Install it again",
              "helm get manifest sallyport --namespace sallyport-system | kubectl apply --server-side -f - # long"});
  return report;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(DoctorView, FaultsComeFirstThenWarningsThenWhatToDoThenWhatIsWell) {
  const auto text = screen(broken(), "Sallyport", {});
  const auto at = [&](std::string_view part) { return text.find(part); };
  EXPECT_LT(at("1 fault, 1 warning"), at("×   the gate of"));
  EXPECT_LT(at("×   the gate of"), at("‼   the disk is 93 % full"));
  EXPECT_LT(at("‼   the disk is 93 % full"), at("×   the gate stands"));
  EXPECT_LT(at("×   the gate stands"), at("Install it again:"));
  EXPECT_LT(at("‼   disks have room"), at("√   clocks agree"));
  EXPECT_NE(at("√   clocks agree"), std::string::npos);
}

TEST(DoctorView, NothingIsWiderThanTheTerminalButCommandsWhichAreWhole) {
  const auto report = broken();
  const auto lines = lines_of(screen(report, "Sallyport in a namespace", {.width = 60}));
  std::vector<std::string> commands;
  for (const auto& finding : report.findings()) commands.push_back("    " + finding.command);
  for (const auto& line : lines) {
    if (std::ranges::find(commands, line) == commands.end()) EXPECT_LE(cli::columns_of(line), 60u) << line;
  }
  EXPECT_TRUE(std::ranges::find(lines, commands.back()) != lines.end());
}

TEST(DoctorView, WhatTheClusterSaysSteersNoTerminal) {
  Report report;
  report.add({"a check", Mark::fault, "bad \x1b[2J name", "do \x1b[0m it", "echo \x1b]0;x"});
  EXPECT_EQ(screen(report, "\x1b[1m", {}).find('\x1b'), std::string::npos);
}

TEST(DoctorView, AllIsWellIsSaid) {
  Report report;
  report.close("clocks agree");
  EXPECT_THAT(screen(report, "Sallyport", {}), HasSubstr("all is well\n"));
}

TEST(DoctorView, ProgramsGetMarksAsWordsAndFaultsAloneAreNotOk) {
  const auto text = as_json(broken());
  EXPECT_THAT(text, HasSubstr("\"ok\": false"));
  EXPECT_THAT(text, HasSubstr("\"mark\": \"warning\""));
  Report warned;
  warned.add({"a check", Mark::warning, "says", "todo", ""});
  EXPECT_THAT(as_json(warned), HasSubstr("\"ok\": true"));
}

}  // namespace
}  // namespace sallyport::doctor
