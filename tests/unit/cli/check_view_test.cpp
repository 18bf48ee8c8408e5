#include "cli/check_view.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"
#include "unit/cli/requests.hpp"

namespace sallyport::cli {
namespace {

using whatif::Answer;

Checked checked(Answer answer) {
  Checked made{.action = pending_request().spec.action, .agent = "deployer", .user = "", .prediction = {}};
  made.prediction.answer = answer;
  return made;
}

Checked gated() {
  auto made = checked(Answer::gated);
  made.prediction.outcome.gated = {"promote/owner"};
  made.prediction.terms.policies = {policy_named("promote", 2, "reviewers")};
  made.prediction.terms.valid_for = std::chrono::minutes(15);
  made.prediction.terms.uses = 1;
  return made;
}

TEST(CheckView, SaysWhoWouldBeAsked) {
  EXPECT_EQ(check_view({gated()}, {.now = kNow}),
            "What      UPDATE deployments/api: image api:1 -> api:2\n"
            "          UPDATE deployments.apps payments/api\n"
            "Who       agent deployer, any identity of it\n"
            "Answer    gated: it would wait for 1 requirement\n"
            "          ApprovalPolicy promote\n"
            "          - owner: 2 approvals from group reviewers\n"
            "          The call is refused meanwhile, to be sent again; an approval holds for 15 min and 1 use\n");
}

TEST(CheckView, SaysHowLongTheCallWaits) {
  auto made = gated();
  made.prediction.terms.while_pending = model::WhilePending::hold;
  made.prediction.terms.wait_for = std::chrono::seconds(90);
  EXPECT_NE(check_view({made}, {.now = kNow}).find("The call waits meanwhile, for 1 min 30 s at most; an approval"),
            std::string::npos);
}

TEST(CheckView, NeverSaysNotGatedOfWhatItCouldNotRead) {
  auto unknown = checked(Answer::unknown);
  unknown.prediction.unread = {"the approvalpolicies: \x1b[2J"};
  EXPECT_EQ(check_view({unknown}, {.now = kNow}),
            "What      UPDATE deployments/api: image api:1 -> api:2\n"
            "          UPDATE deployments.apps payments/api\n"
            "Who       agent deployer, any identity of it\n"
            "Answer    cannot be told: nothing that was read gates it, but not all could be read\n"
            "Not read  the approvalpolicies: \\u001b[2J\n");
}

TEST(CheckView, EachObjectHasItsAnswer) {
  auto refused = checked(Answer::refused);
  refused.prediction.why = "An agent may not.";
  auto warned = checked(Answer::free);
  warned.prediction.outcome.warned = {"cluster/trial"};
  const auto screen = check_view({refused, warned}, {.now = kNow});
  EXPECT_NE(screen.find("Answer    refused, whoever approves: An agent may not.\n\nWhat "), std::string::npos)
      << screen;
  EXPECT_NE(screen.find("Answer    not gated: it would go through without being asked about\n"
                        "Warned    cluster/trial would say that it would have asked\n"),
            std::string::npos);
}

TEST(CheckView, TheWorstAnswerIsTheExitCode) {
  EXPECT_EQ(check_exit({checked(Answer::free)}), Exit::done);
  EXPECT_EQ(check_exit({checked(Answer::free), checked(Answer::unknown)}), Exit::unreachable);
  EXPECT_EQ(check_exit({checked(Answer::unknown), gated()}), Exit::refused);
  EXPECT_EQ(check_exit({checked(Answer::refused), checked(Answer::free)}), Exit::refused);
}

TEST(CheckView, IsDataForPrograms) {
  const auto data = json::parse(check_json({gated()}));
  ASSERT_TRUE(data);
  const auto& object = (*data)["objects"].items().front();
  EXPECT_EQ(object["answer"].text(), "gated");
  EXPECT_EQ(object["gated"].items().front().text(), "promote/owner");
  EXPECT_EQ(object["resource"].text(), "deployments.apps");
}

}  // namespace
}  // namespace sallyport::cli
