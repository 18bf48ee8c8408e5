#include "cli/selection.hpp"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/requests.hpp"

namespace sallyport::cli {
namespace {

using model::State;
using testing::ElementsAre;
using testing::HasSubstr;

bool selects(const Selection& selection, const model::ApprovalRequest& request = pending_request()) {
  return is_selected(request, selection, kNow);
}

TEST(Selection, WithoutAWordTakesAll) {
  EXPECT_TRUE(Selection{}.empty());
  EXPECT_TRUE(selects({}));
}

TEST(Selection, ByAgent) {
  EXPECT_TRUE(selects({.agent = "deployer"}));
  EXPECT_FALSE(selects({.agent = "deploy"}));
}

TEST(Selection, ByAge) {  // it was asked for three minutes ago
  EXPECT_TRUE(selects({.older_than = "2m59s"}));
  EXPECT_FALSE(selects({.older_than = "3m"}));
  EXPECT_FALSE(selects({.older_than = "no duration"}));
}

TEST(Selection, ByState) {
  auto request = pending_request();
  const struct {
    State state;
    const char* word;
    bool open;
  } cases[] = {{State::pending, "pending", true},     {State::approved, "approved", true},
               {State::used, "used", false},          {State::denied, "denied", false},
               {State::expired, "expired", false},    {State::revoked, "revoked", false},
               {State::withdrawn, "withdrawn", false}};
  for (const auto& c : cases) {
    request.status.state = c.state;
    EXPECT_TRUE(selects({.states = {c.word}}, request)) << c.word;
    EXPECT_EQ(selects({.states = {"open"}}, request), c.open) << c.word;
    EXPECT_EQ(selects({.states = {"ended"}}, request), !c.open) << c.word;
    EXPECT_EQ(selects({.states = {"pending", "used"}}, request), c.state == State::pending || c.state == State::used);
  }
}

TEST(Selection, AllThatIsSaidMustHold) {
  EXPECT_TRUE(selects({.agent = "deployer", .states = {"pending"}, .older_than = "1m"}));
  EXPECT_FALSE(selects({.agent = "deployer", .states = {"denied"}, .older_than = "1m"}));
}

struct SelectionFlags : testing::Test {
  SelectionFlags() { add_selection(app, selection, States::any); }
  std::string parse(const std::string& line) {
    try {
      app.parse(line);
      return "";
    } catch (const CLI::ParseError& error) {
      return error.what();
    }
  }
  CLI::App app;
  Selection selection;
};

TEST_F(SelectionFlags, TakeAnAgentInTwoSpellings) {
  EXPECT_EQ(parse("-l agent=deployer"), "");
  EXPECT_EQ(selection.agent, "deployer");
  EXPECT_EQ(parse("--agent janitor"), "");
  EXPECT_EQ(selection.agent, "janitor");
}

TEST_F(SelectionFlags, RefuseWhatCannotBeSelectedBy) {
  EXPECT_THAT(parse("-l app=api"), HasSubstr("only agent=AGENT can be selected by, not app=api"));
  EXPECT_THAT(parse("-l agent="), HasSubstr("only agent=AGENT"));
  EXPECT_THAT(parse("-l agent=a --agent b"), HasSubstr("excludes"));
  EXPECT_THAT(parse("--older-than soon"), HasSubstr("no duration such as 90s"));
  EXPECT_THAT(parse("--state lost"), HasSubstr("lost"));
}

TEST_F(SelectionFlags, TakeSeveralStates) {
  EXPECT_EQ(parse("--state pending,denied --state used"), "");
  EXPECT_THAT(selection.states, ElementsAre("pending", "denied", "used"));
}

std::vector<std::string> sorted(std::vector<model::ApprovalRequest> requests, std::string_view order) {
  sort_for_people(requests, order);
  std::vector<std::string> names;
  for (const auto& request : requests) names.push_back(request.key.name);
  return names;
}

TEST(SortForPeople, WhatEndsFirstComesFirstAndOfWhatHasEndedTheNewest) {
  auto soon = pending_request("soon");
  soon.spec.expires_at = kNow + std::chrono::minutes(1);
  auto approved = approved_request();
  approved.key.name = "approved";
  auto old = pending_request("old");
  old.status.state = State::denied;
  old.created = kNow - std::chrono::hours(2);
  auto fresh = pending_request("fresh");
  fresh.status.state = State::used;
  EXPECT_THAT(sorted({old, approved, fresh, pending_request("later"), soon}, ""),
              ElementsAre("soon", "later", "approved", "fresh", "old"));
}

TEST(SortForPeople, ByAWordWithinEachPart) {
  auto first = pending_request("b-first");
  first.created = kNow - std::chrono::hours(1);
  first.spec.expires_at = kNow + std::chrono::hours(9);
  first.spec.requester.agent = "z";
  auto second = pending_request("a-second");
  second.spec.action.kubernetes()->target.name = "zzz";
  auto ended = pending_request("0-ended");
  ended.created = kNow - std::chrono::hours(9);
  ended.status.state = State::denied;
  const std::vector all = {ended, second, first};
  const auto first_before = ElementsAre("b-first", "a-second", "0-ended");
  const auto second_before = ElementsAre("a-second", "b-first", "0-ended");
  EXPECT_THAT(sorted(all, "oldest"), first_before);
  EXPECT_THAT(sorted(all, "newest"), second_before);
  EXPECT_THAT(sorted(all, "ends"), second_before);
  EXPECT_THAT(sorted(all, "object"), first_before);
  EXPECT_THAT(sorted(all, "agent"), second_before);
  EXPECT_THAT(sorted(all, "name"), second_before);
}

}  // namespace
}  // namespace sallyport::cli
