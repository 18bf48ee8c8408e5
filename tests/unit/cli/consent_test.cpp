#include "cli/consent.hpp"

#include <gtest/gtest.h>

#include "unit/cli/requests.hpp"

namespace sallyport::cli {
namespace {

constexpr bool kTerminal = true;
constexpr bool kNoTerminal = false;

Question question(std::size_t count, const Consent& consent = {}) {
  const auto asked = question_for(count, consent, kTerminal);
  EXPECT_TRUE(asked);
  return asked.value_or(Question::none);
}

std::string refusal(std::size_t count, const Consent& consent, bool can_ask = kTerminal) {
  const auto asked = question_for(count, consent, can_ask);
  return asked ? "none" : asked.error().sentence;
}

TEST(Consent, OverTenWantTheNumber) {
  EXPECT_EQ(question(1), Question::yes_or_no);
  EXPECT_EQ(question(10), Question::yes_or_no);
  EXPECT_EQ(question(11), Question::number);
}

TEST(Consent, YesIsForTenAtMost) {
  EXPECT_EQ(question(10, {.yes = true}), Question::none);
  EXPECT_EQ(refusal(11, {.yes = true}), "--yes is for 10 requests at most, and there are 11; add --yes-to 11");
}

TEST(Consent, YesToIsForTheVeryNumber) {
  EXPECT_EQ(question(12, {.yes_to = 12}), Question::none);
  EXPECT_EQ(question(1, {.yes_to = 1}), Question::none);
  EXPECT_EQ(refusal(13, {.yes_to = 12}), "--yes-to says 12, and there are 13 requests: nothing was decided");
  EXPECT_EQ(refusal(1, {.yes_to = 2}), "--yes-to says 2, and there are 1 request: nothing was decided");
}

TEST(Consent, NobodyIsAskedWhereNobodyCanAnswer) {
  EXPECT_EQ(refusal(1, {}, kNoTerminal), "stdin is no terminal, so nobody can be asked; in scripts, add --yes");
  EXPECT_EQ(refusal(11, {}, kNoTerminal), "stdin is no terminal, so nobody can be asked; in scripts, add --yes-to 11");
  EXPECT_EQ(refusal(11, {.yes_to = 11}, kNoTerminal), "none");
}

TEST(Consent, IsTheAnswerToTheQuestion) {
  for (const auto* yes : {"y", "Y", "yes"}) EXPECT_TRUE(is_consent(Question::yes_or_no, 3, yes));
  for (const auto* no : {"", "n", "yep", "3", " y"}) EXPECT_FALSE(is_consent(Question::yes_or_no, 3, no)) << no;
  EXPECT_TRUE(is_consent(Question::number, 12, "12"));
  for (const auto* no : {"", "y", "yes", "11", "012", "12 ", "1"})
    EXPECT_FALSE(is_consent(Question::number, 12, no)) << no;
}

TEST(Consent, TheQuestionNamesTheRequestOrTheirNumber) {
  using model::Verdict;
  EXPECT_EQ(question_words(Question::yes_or_no, Verdict::approve, 1, "gate-x", "alice", ""),
            "Approve gate-x as alice? [y/N] ");
  EXPECT_EQ(question_words(Question::yes_or_no, Verdict::deny, 3, "gate-x", "", ""), "Deny these 3 requests? [y/N] ");
  EXPECT_EQ(question_words(Question::number, Verdict::approve, 12, "gate-x", "alice", ""),
            "Approve these 12 requests as alice? Type their number: ");
}

TEST(Consent, SaysFirstWhatTheGuardWouldRefuse) {
  std::vector<model::ApprovalRequest> requests = {pending_request("a"), pending_request("b"), pending_request("c")};
  EXPECT_EQ(guarded_in(requests), "");
  requests[1].spec.action.kubernetes()->guarded = {"node-reach", "account"};
  requests[2].spec.action.kubernetes()->guarded = {"node-reach", "\x1b[2J"};
  EXPECT_EQ(guarded_in({requests[1]}), "node reach, account");
  EXPECT_EQ(guarded_in(requests), "node reach, account, \\u001b[2J in 2 of 3");
  EXPECT_EQ(
      question_words(Question::yes_or_no, model::Verdict::approve, 1, "gate-x", "alice", guarded_in({requests[1]})),
      "Guarded: node reach, account. Approve gate-x as alice? [y/N] ");
}

}  // namespace
}  // namespace sallyport::cli
