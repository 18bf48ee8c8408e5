#include "policy/withdrawal.hpp"

#include <gtest/gtest.h>

#include "policy/guard.hpp"
#include "policy/match.hpp"
#include "unit/policy/fixtures.hpp"

namespace sallyport::policy {
namespace {

const std::string kMe = "system:serviceaccount:agents:deployer";

std::string with(std::string_view spec, std::string_view metadata = R"({"resourceVersion":"1"})") {
  return R"({"metadata":)" + std::string(metadata) + R"(,"spec":)" + std::string(spec) + "}";
}
std::string review(std::string_view verdict, std::string_view by) {
  return R"({"verdict":")" + std::string(verdict) + R"(","reviewer":")" + std::string(by) + R"("})";
}

TEST(Withdrawal, OnlyThatAndNothingElse) {
  struct Case {
    std::string before;
    std::string after;
    bool is_withdrawal;
  };
  const auto mine = review("Withdraw", kMe);
  const auto earlier = review("Approve", "alice");
  const Case cases[] = {
      // As the agent sends it, and as the requests webhook hands it on.
      {with("{}"), with(R"({"decision":{"verdict":"Withdraw","comment":"never mind"}})"), true},
      {with("{}"),
       with(R"({"reviews":[)" + mine + "]}", R"({"resourceVersion":"1","generation":2,"managedFields":[{}]})"), true},
      {with(R"({"reviews":[)" + earlier + "]}"), with(R"({"reviews":[)" + earlier + "," + mine + "]}"), true},
      // Anything else.
      {with("{}"), with("{}"), false},
      {with("{}"), with(R"({"decision":{"verdict":"Approve"}})"), false},
      {with("{}"), with(R"({"decision":{"verdict":"Withdraw"},"reason":"x"})"), false},
      {with("{}"), with(R"({"decision":{"verdict":"Withdraw"}})", R"({"resourceVersion":"1","labels":{"a":"b"}})"),
       false},
      {with(R"({"decision":{"verdict":"Approve"}})"), with(R"({"decision":{"verdict":"Withdraw"}})"), false},
      {with(R"({"decision":{"verdict":"Withdraw"}})"), with("{}"), false},
      {with(R"({"decision":"odd"})"), with(R"({"decision":{"verdict":"Withdraw"}})"), false},
      {with("{}"), with(R"({"reviews":[)" + review("Approve", kMe) + "]}"), false},
      {with("{}"), with(R"({"reviews":[)" + review("Withdraw", "alice") + "]}"), false},
      {with("{}"), with(R"({"reviews":[)" + mine + "," + mine + "]}"), false},
      {with(R"({"reviews":[)" + earlier + "]}"), with(R"({"reviews":[)" + mine + "]}"), false},
      {with(R"({"reviews":[)" + mine + "]}"), with("{}"), false},
  };
  const Guard guard({"sallyport-system", "sallyport", {test::deployer()}});
  const PolicyIndex none({});
  for (const auto& each : cases) {
    for (const auto* ns : {"prod", "sallyport-system"}) {
      const auto request = test::update("approvalrequests.sallyport.dev", each.before, each.after, ns);
      EXPECT_EQ(is_withdrawal(request), each.is_withdrawal) << each.before << " -> " << each.after;
      EXPECT_EQ(guard.judge({effects::Table::shipped(), request}, none, {}).findings.empty(), each.is_withdrawal);
    }
  }
}

TEST(Withdrawal, NeedsNobodysApproval) {
  const PolicyIndex index({test::policy("all", {test::on(test::rule({"*"}, "*", {"*/*"}))})});
  const auto agent = test::deployer();
  const auto matches = [&](std::string_view after) {
    const auto request = test::update("approvalrequests.sallyport.dev", with("{}"), after);
    const auto ns = test::prod();
    return !match(index.candidates({index.effects(), request}, agent, &ns, nullptr), {index.effects(), request}, agent,
                  &ns)
                .none();
  };
  EXPECT_FALSE(matches(with(R"({"decision":{"verdict":"Withdraw"}})")));
  EXPECT_TRUE(matches(with(R"({"decision":{"verdict":"Approve"}})")));
}

TEST(Withdrawal, OnlyAsAnUpdateOfARequest) {
  const auto after = with(R"({"decision":{"verdict":"Withdraw"}})");
  EXPECT_FALSE(is_withdrawal(test::update("approvalrequests.sallyport.dev/status", with("{}"), after)));
  EXPECT_FALSE(is_withdrawal(test::update("approvalpolicies.sallyport.dev", with("{}"), after)));
  EXPECT_FALSE(is_withdrawal(test::update("approvalrequests.example.com", with("{}"), after)));
  EXPECT_FALSE(is_withdrawal(test::create("approvalrequests.sallyport.dev", after)));
}

}  // namespace
}  // namespace sallyport::policy
