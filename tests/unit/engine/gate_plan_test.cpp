// Dry runs that ask ahead.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "seams/world.hpp"

namespace sallyport::engine {
namespace {

using model::Code;
using model::State;
using model::Verdict;
using seams::World;
using testing::HasSubstr;
using namespace std::chrono_literals;

seams::GatedCall planned(World& world, const std::string& image = "api:2", const std::string& plan = "roll-out") {
  auto asked = world.image_change(image);
  asked.ask.plan = plan;
  asked.ask.reason = "the fix";
  asked.call.dry_run = true;
  return asked;
}

TEST(Plan, ADryRunThatAsksAheadOpensTheRequestThatTheRealCallFinds) {
  World world;
  const auto ahead = world.admit(planned(world));
  ASSERT_TRUE(ahead->answered()) << "it never waits";
  EXPECT_TRUE(ahead->allowed());
  EXPECT_EQ(ahead->code(), Code::would_ask);
  const auto request = world.request();
  EXPECT_EQ(request.status.state, State::pending);
  EXPECT_EQ(request.spec.reason, "the fix");
  EXPECT_TRUE(request.spec.plan.starts_with("roll-out-"));
  ASSERT_EQ(ahead->answer->warnings.size(), 1u);
  EXPECT_THAT(ahead->answer->warnings[0], HasSubstr("[code=WouldAsk request=" + to_string(request.key) +
                                                    " plan=" + request.spec.plan + " policy=prod/promote-image"));

  EXPECT_EQ(world.review(request.key, "alice", Verdict::approve), "");
  EXPECT_TRUE(world.admit(planned(world))->allowed());
  EXPECT_TRUE(world.request().status.uses.empty()) << "a dry run uses nothing";
  const auto real = world.admit(world.image_change());
  EXPECT_TRUE(real->allowed());
  EXPECT_EQ(world.request().status.state, State::used);
  EXPECT_EQ(world.cluster.all().size(), 1u);
}

TEST(Plan, AskingOnceMoreJoinsTheSameRequest) {
  World world;
  world.admit(planned(world));
  EXPECT_EQ(world.admit(planned(world))->code(), Code::would_ask);
  EXPECT_EQ(world.cluster.all().size(), 1u);
}

TEST(Plan, NobodyElsesRequestGetsIntoAnAgentsPlan) {
  World world;
  world.admit(planned(world));
  auto stranger = planned(world, "api:3");
  stranger.ask.requester = {{"system:serviceaccount:agents:other", "other-uid", {}, {}, {}, {}}, "other"};
  world.admit(stranger);
  const auto all = world.cluster.all();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_NE(all[0].spec.plan, all[1].spec.plan);

  const auto other = world.another_replica();
  world.admit(planned(world, "api:4"), *other);
  const auto same = world.cluster.all();
  ASSERT_EQ(same.size(), 3u);
  std::map<std::string, int> plans;
  for (const auto& request : same) ++plans[request.spec.plan];
  EXPECT_EQ(plans.size(), 2u) << "of one agent it is the same plan, whichever replica names it";
  other->stop();
}

// What is asked ahead differs from what is done then: the approval is for the first alone.
TEST(Plan, AnObjectThatChangesInBetweenIsAskedAboutAnew) {
  World world;
  world.admit(planned(world, "api:2"));
  world.review(world.only_request(), "alice", Verdict::approve);
  auto real = world.image_change("api:666");
  real.ask.terms.while_pending = model::WhilePending::reject;
  EXPECT_EQ(world.admit(real)->code(), Code::approval_required);
  EXPECT_EQ(world.cluster.all().size(), 2u);
}

TEST(Plan, ItsRequestsCountAgainstTheLimitsAndOverThemNothingIsOpened) {
  World world;
  for (int i = 0; i < 50; ++i) EXPECT_EQ(world.admit(planned(world, std::to_string(i)))->code(), Code::would_ask);
  EXPECT_EQ(world.admit(planned(world, "one more"))->code(), Code::too_many_requests);
  EXPECT_EQ(world.cluster.all().size(), 50u);
}

TEST(Plan, AfterADenialItIsRefusedAsTheRealCallWouldBe) {
  World world;
  world.admit(planned(world));
  world.review(world.only_request(), "alice", Verdict::deny);
  EXPECT_EQ(world.admit(planned(world))->code(), Code::approval_denied);
  EXPECT_EQ(world.cluster.all().size(), 1u);
}

// People are asked, but the answer of such a dry run would give away what they are asked about.
TEST(Plan, ADryRunThatShowsASecretIsRefusedWhateverIsDecided) {
  World world;
  auto secret = planned(world);
  secret.call.shows_secret = true;
  const auto ahead = world.admit(secret);
  EXPECT_FALSE(ahead->allowed());
  EXPECT_EQ(ahead->code(), Code::approval_required);
  EXPECT_THAT(ahead->answer->message, HasSubstr(world.only_request().name));
  EXPECT_THAT(ahead->answer->tail, testing::Contains(testing::Pair("plan", world.request().spec.plan)));
  world.review(world.only_request(), "alice", Verdict::approve);
  EXPECT_FALSE(world.admit(secret)->allowed());
  EXPECT_TRUE(world.request().status.uses.empty());
  EXPECT_TRUE(world.admit(world.image_change())->allowed());
  EXPECT_FALSE(world.admit(secret)->allowed()) << "nor does it enter the use again";
}

TEST(Plan, WhenPoliciesHaveChangedItAsksAnew) {
  World world;
  world.admit(planned(world));
  auto changed = planned(world);
  changed.ask.terms.policies.front().ref.generation = 2;
  EXPECT_EQ(world.admit(changed)->code(), Code::would_ask);
  EXPECT_EQ(world.cluster.all().size(), 2u);
}

TEST(Plan, ADryRunWithoutAPlanAsksNobodyEvenAboutWhatIsPlanned) {
  World world;
  world.admit(planned(world));
  auto plain = planned(world);
  plain.ask.plan.clear();
  const auto answer = world.admit(plain);
  EXPECT_THAT(answer->answer->warnings.at(0), HasSubstr("nobody was asked"));
  EXPECT_EQ(world.cluster.all().size(), 1u);
}

}  // namespace
}  // namespace sallyport::engine
