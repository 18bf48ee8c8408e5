#include "cli/next_step.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/answer.hpp"
#include "unit/cli/requests.hpp"

namespace sallyport::cli {
namespace {

using testing::HasSubstr;

const Page kPipe{.now = kNow};

TEST(RefusalView, TellsAnAgentWhatToDo) {
  EXPECT_EQ(
      refusal_view({"ApprovalRequired", "payments/promote-7f3c9a1b2c", {}}, kPipe) + "\n" +
          next_step_view(pending_request(), kPipe),
      "Refused   ApprovalRequired: people must approve this first: wait for them, then send the same call again\n"
      "\n"
      "Request   promote-7f3c9a1b2c in namespace payments: Pending\n"
      "What      UPDATE deployments/api: image api:1 -> api:2\n"
      "Missing   2 approvals for promote/owner, from group reviewers\n"
      "Ends      in 57 min (2026-11-21T12:57:00Z), if nobody decides\n"
      "Next      wait with `sallyport wait promote-7f3c9a1b2c -n payments --for approved`, then send the very same "
      "call again\n");
}

TEST(NextStep, GoesByWhatBecameOfTheRequestSince) {
  const auto view = next_step_view(approved_request(), kPipe);
  EXPECT_THAT(view, HasSubstr("\nSince     approved by alice, bob"));
  EXPECT_THAT(view, HasSubstr("\nNext      send the very same call again now: the approval ends in 13 min\n"));
}

TEST(NextStep, AUseIsNoClaimThatTheWriteHasHappened) {
  auto used = approved_request();
  used.status.state = model::State::used;
  EXPECT_THAT(next_step(used, kPipe), HasSubstr("see whether it took effect"));
  EXPECT_THAT(next_step(used, kPipe), HasSubstr(std::string(model::kUnseenOutcome)));
}

TEST(NextStep, HandsOnWhatWasObjectedTo) {
  auto denied = pending_request();
  denied.status.state = model::State::denied;
  denied.spec.reviews = {review_by("bob", model::Verdict::deny, "not on a Friday\x1b[2J")};
  EXPECT_EQ(next_step(denied, kPipe),
            "bob says: \"not on a Friday\\u001b[2J\"; do not send the same call again, change what was objected to");
  denied.spec.reviews.front().seal = "";  // anybody may have written it
  EXPECT_EQ(next_step(denied, kPipe), "do not send the same call again, change what was objected to");
}

TEST(CodeWords, KnowsEveryCodeOfARefusal) {
  for (std::size_t i = 0; i < model::kCodes; ++i) {
    const auto code = static_cast<model::Code>(i);
    if (code == model::Code::allowed) continue;
    EXPECT_THAT(code_words(to_string(code)), testing::Not(HasSubstr("does not know"))) << to_string(code);
  }
  EXPECT_EQ(code_words("Sorcery"), "a code that this version does not know");
}

}  // namespace
}  // namespace sallyport::cli
