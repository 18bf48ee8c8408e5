#include <set>
#include <string>

#include <gtest/gtest.h>

#include "model/admission.hpp"
#include "model/answer.hpp"
#include "model/policy.hpp"
#include "model/request.hpp"

namespace sallyport::model {
namespace {

TEST(Words, EveryOperationReadsBack) {
  for (const auto operation : {Operation::create, Operation::update, Operation::del, Operation::connect}) {
    EXPECT_EQ(parse_operation(to_string(operation)), operation);
  }
  EXPECT_EQ(to_string(Operation::del), "DELETE");
  for (const auto* text : {"", "delete", "PATCH", "CREATE "}) EXPECT_FALSE(parse_operation(text)) << text;
}

TEST(Words, PolicyWordsAreThoseOfTheCrd) {
  EXPECT_EQ(parse_enforcement("Enforce"), Enforcement::enforce);
  EXPECT_EQ(parse_enforcement("Warn"), Enforcement::warn);
  EXPECT_EQ(parse_enforcement("Audit"), Enforcement::audit);
  EXPECT_EQ(value_of<WhilePending>(kWhilePendingWords, "Hold"), WhilePending::hold);
  EXPECT_EQ(value_of<WhilePending>(kWhilePendingWords, "Reject"), WhilePending::reject);
  EXPECT_EQ(parse_preset("PodPromotion"), Preset::pod_promotion);
  EXPECT_EQ(parse_preset("RBACChange"), Preset::rbac_change);
  EXPECT_EQ(parse_preset("SecretAccess"), Preset::secret_access);
  EXPECT_EQ(parse_preset("Exec"), Preset::exec);
  EXPECT_EQ(parse_preset("TokenRequest"), Preset::token_request);
  EXPECT_EQ(parse_preset("Deletion"), Preset::deletion);
  EXPECT_EQ(parse_preset("Infrastructure"), Preset::infrastructure);
  EXPECT_EQ(parse_preset("Everything"), Preset::everything);
  EXPECT_FALSE(parse_preset("exec"));
  EXPECT_FALSE(parse_enforcement(""));
  EXPECT_FALSE(value_of<WhilePending>(kWhilePendingWords, "hold"));
  EXPECT_EQ(value_of<DryRun>(kDryRunWords, "Refuse"), DryRun::refuse);
  EXPECT_EQ(value_of<DryRun>(kDryRunWords, "Allow"), DryRun::allow);
  EXPECT_EQ(value_of<Subject::Kind>(Subject::kKindWords, "ServiceAccount"), Subject::Kind::service_account);
  EXPECT_EQ(value_of<Subject::Kind>(Subject::kKindWords, "Agent"), Subject::Kind::agent);
  EXPECT_EQ(value_of<Approver::Kind>(Approver::kKindWords, "Group"), Approver::Kind::group);
}

TEST(Words, StatesAndVerdictsReadBack) {
  const std::pair<State, std::string_view> states[] = {{State::pending, "Pending"},     {State::approved, "Approved"},
                                                       {State::denied, "Denied"},       {State::expired, "Expired"},
                                                       {State::withdrawn, "Withdrawn"}, {State::used, "Used"},
                                                       {State::revoked, "Revoked"}};
  for (const auto& [state, word] : states) {
    EXPECT_EQ(to_string(state), word);
    EXPECT_EQ(parse_state(word), state);
  }
  const std::pair<Verdict, std::string_view> verdicts[] = {{Verdict::approve, "Approve"},
                                                           {Verdict::deny, "Deny"},
                                                           {Verdict::withdraw, "Withdraw"},
                                                           {Verdict::revoke, "Revoke"}};
  for (const auto& [verdict, word] : verdicts) {
    EXPECT_EQ(to_string(verdict), word);
    EXPECT_EQ(parse_verdict(word), verdict);
  }
}

TEST(Words, NoVerdictIsNoWord) {
  EXPECT_EQ(to_string(Verdict::none), "");
  EXPECT_FALSE(parse_verdict(""));
}

TEST(Words, EveryCodeHasItsOwn) {
  std::set<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(Code::shutting_down); ++i) words.insert(to_string(static_cast<Code>(i)));
  EXPECT_EQ(words.size(), static_cast<std::size_t>(Code::shutting_down) + 1);
  EXPECT_FALSE(words.contains("Unknown"));
  EXPECT_EQ(to_string(Code::approval_required), "ApprovalRequired");
}

TEST(Words, ResourcesAreWrittenAsPeopleDo) {
  EXPECT_EQ(to_string(Resource{"", "v1", "secrets", ""}), "secrets");
  EXPECT_EQ(to_string(Resource{"", "v1", "pods", "exec"}), "pods/exec");
  EXPECT_EQ(to_string(Resource{"apps", "v1", "deployments", ""}), "deployments.apps");
  EXPECT_EQ(to_string(Resource{"apps", "v1", "deployments", "scale"}), "deployments.apps/scale");
}

}  // namespace
}  // namespace sallyport::model
