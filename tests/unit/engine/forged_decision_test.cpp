// What holds when somebody has the key of seals itself, and writes what Sallyport's own account may write: a sealed
// decision grants nothing that its sealed reviews do not, under the policies that matched the call.
#include <cctype>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "engine/outcomes.hpp"
#include "policy/evaluate.hpp"
#include "seams/world.hpp"

namespace sallyport::engine {
namespace {

using model::Approver;
using model::State;
using model::Verdict;
using seams::World;
using namespace std::chrono_literals;

// An action that needs two of alice, bob and sam; its request is open, and the key of seals is in the thief's hand.
struct KeyInHand : World {
  KeyInHand() {
    action = image_change();
    action.ask.terms.while_pending = model::WhilePending::reject;
    action.ask.terms.pending_timeout = 1min;
    action.ask.terms.policies[0].approval.requirements = {{"owner", 2, {}}};
    for (const auto* name : {"alice", "bob", "sam"})
      action.ask.terms.policies[0].approval.requirements[0].approvers.push_back({Approver::Kind::user, name});
    admit(action);
    key = only_request();
  }

  [[nodiscard]] model::ApprovalRequest& there() { return cluster.at(key); }

  void add_review(const std::string& who, Verdict verdict, std::vector<std::string> satisfies = {"promote-image/owner"},
                  Duration age = {}) {
    auto& request = there();
    model::Review review{who, "uid-of-" + who, verdict, "", "kubectl", clock.now() - age, std::move(satisfies), false,
                         {}};
    review.seal = sealer.seal_review(request, review, seal_before_next_review(request.spec));
    request.spec.reviews.push_back(std::move(review));
  }

  void seal_spec_again() { there().spec.seal = sealer.seal_spec(key, there().spec); }

  // The status that a replica would have written, had it decided so.
  void write_approval(std::vector<std::string> reviewers = {"alice", "bob"}, Duration longer = {}) {
    auto status = decided_status(sealer, there(), {State::approved, "RequirementsMet", "", std::move(reviewers), {}},
                                 clock.now(), {"memory", 1, "head"});
    status.decision->valid_until += longer;
    status.decision->seal = sealer.seal_decision(there(), *status.decision);
    boost::asio::co_spawn(io, cluster.replace_status(there(), std::move(status)), boost::asio::detached);
    clock.settle();
  }

  std::shared_ptr<seams::Call> call() {
    action.call.deadline = clock.steady() + 30s;
    return admit(action);
  }

  seams::GatedCall action;
  model::RequestKey key;
  Sealer sealer{Secret("a key for tests, 32 bytes long...."), "cluster-1"};
};

struct Forgery {
  const char* name;
  void (*write)(KeyInHand&);
};

class ForgedDecision : public testing::TestWithParam<Forgery> {};

TEST_P(ForgedDecision, GrantsNothingAndIsReported) {
  KeyInHand world;
  GetParam().write(world);
  const auto call = world.call();
  EXPECT_FALSE(call->allowed());
  EXPECT_EQ(call->code(), model::Code::approval_denied);
  EXPECT_TRUE(world.there().status.uses.empty());
  EXPECT_EQ(world.journal.count("intent", "kind", "use"), 0u);
  EXPECT_GE(world.journal.count("forged_decision"), 1u);
  EXPECT_GE(std::ranges::count(world.cluster.events, "Forged"), 1);
  EXPECT_EQ(world.engine->forged_decisions(), 1u);

  // Nobody decides over it, and it goes when a person removes it.
  const auto seal = world.there().status.decision->seal;
  EXPECT_NE(world.review(world.key, "sam", Verdict::approve), "");
  world.clock.advance(2min);
  EXPECT_EQ(world.there().status.decision->seal, seal);
  world.cluster.remove(world.key);
  EXPECT_EQ(world.engine->forged_decisions(), 0u);
}

void approve_by_two(KeyInHand& w) {
  w.add_review("alice", Verdict::approve);
  w.add_review("bob", Verdict::approve);
}

INSTANTIATE_TEST_SUITE_P(
    WithTheRealKey, ForgedDecision,
    testing::Values(Forgery{"no review at all", [](KeyInHand& w) { w.write_approval(); }},
                    Forgery{"one review of two",
                            [](KeyInHand& w) {
                              w.add_review("alice", Verdict::approve);
                              w.write_approval();
                            }},
                    Forgery{"one person twice",
                            [](KeyInHand& w) {
                              w.add_review("alice", Verdict::approve);
                              w.add_review("alice", Verdict::approve);
                              w.write_approval();
                            }},
                    Forgery{"somebody whom nobody has named",
                            [](KeyInHand& w) {
                              w.add_review("alice", Verdict::approve);
                              w.add_review("mallory", Verdict::approve);
                              w.write_approval({"alice", "mallory"});
                            }},
                    Forgery{"the requester",
                            [](KeyInHand& w) {
                              w.add_review("alice", Verdict::approve);
                              w.add_review("system:serviceaccount:agents:deployer", Verdict::approve);
                              w.write_approval({"alice", "system:serviceaccount:agents:deployer"});
                            }},
                    Forgery{"another identity of the agent",
                            [](KeyInHand& w) {
                              w.add_review("alice", Verdict::approve);
                              w.add_review("system:serviceaccount:agents:deployer-2", Verdict::approve);
                              w.write_approval({"alice", "system:serviceaccount:agents:deployer-2"});
                            }},
                    Forgery{"a review for no requirement",
                            [](KeyInHand& w) {
                              w.add_review("alice", Verdict::approve);
                              w.add_review("bob", Verdict::approve, {"promote-image/other"});
                              w.write_approval();
                            }},
                    Forgery{"a denial among them",
                            [](KeyInHand& w) {
                              approve_by_two(w);
                              w.add_review("sam", Verdict::deny);
                              w.write_approval();
                            }},
                    Forgery{"withdrawn by the agent",
                            [](KeyInHand& w) {
                              approve_by_two(w);
                              w.add_review("system:serviceaccount:agents:deployer", Verdict::withdraw, {});
                              w.write_approval();
                            }},
                    Forgery{"reviews that came too late",
                            [](KeyInHand& w) {
                              w.add_review("alice", Verdict::approve, {"promote-image/owner"}, -2h);
                              w.add_review("bob", Verdict::approve, {"promote-image/owner"}, -2h);
                              w.write_approval();
                            }},
                    Forgery{"a longer window than the policy gives",
                            [](KeyInHand& w) {
                              approve_by_two(w);
                              w.write_approval({"alice", "bob"}, 24h);
                            }},
                    Forgery{"in the name of others",
                            [](KeyInHand& w) {
                              approve_by_two(w);
                              w.write_approval({"alice", "sam"});
                            }},
                    Forgery{"a copy that asks one person",
                            [](KeyInHand& w) {
                              w.there().spec.policies[0].approval.requirements[0].count = 1;
                              w.seal_spec_again();
                              w.add_review("alice", Verdict::approve);
                              w.write_approval({"alice"});
                            }},
                    Forgery{"a copy that asks mallory",
                            [](KeyInHand& w) {
                              w.there().spec.policies[0].approval.requirements[0] = {
                                  "owner", 1, {{Approver::Kind::user, "mallory"}}};
                              w.seal_spec_again();
                              w.add_review("mallory", Verdict::approve);
                              w.write_approval({"mallory"});
                            }},
                    Forgery{"a copy that names a group for a user",
                            [](KeyInHand& w) {
                              w.there().spec.policies[0].approval.requirements[0].approvers[0].kind =
                                  Approver::Kind::group;
                              w.seal_spec_again();
                              approve_by_two(w);
                              w.write_approval();
                            }},
                    Forgery{"a copy with more uses",
                            [](KeyInHand& w) {
                              w.there().spec.policies[0].approval.uses = 100;
                              w.seal_spec_again();
                              approve_by_two(w);
                              w.write_approval();
                            }},
                    Forgery{"a copy with a longer window",
                            [](KeyInHand& w) {
                              w.there().spec.policies[0].approval.valid_for = 24h;
                              w.seal_spec_again();
                              approve_by_two(w);
                              w.write_approval();
                            }},
                    Forgery{"a copy that ignores more fields",
                            [](KeyInHand& w) {
                              w.there().spec.policies[0].ignored_fields.emplace_back("spec.replicas");
                              w.seal_spec_again();
                              approve_by_two(w);
                              w.write_approval();
                            }},
                    Forgery{"a copy without its second requirement",
                            [](KeyInHand& w) {
                              w.action.ask.terms.policies[0].approval.requirements.push_back(
                                  seams::one_of("security", "security"));
                              approve_by_two(w);
                              w.write_approval();
                            }}),
    [](const auto& info) {
      std::string name = info.param.name;
      for (auto& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
      return name;
    });

TEST(DerivedDecision, WhatFollowsFromItsReviewsIsUsed) {
  KeyInHand world;
  approve_by_two(world);
  world.write_approval();
  EXPECT_TRUE(world.call()->allowed());
  EXPECT_EQ(world.journal.count("forged_decision"), 0u);
}

TEST(DerivedDecision, ARevocationIsNoForgery) {
  KeyInHand world;
  ASSERT_EQ(world.review(world.key, "alice", Verdict::approve), "");
  ASSERT_EQ(world.review(world.key, "bob", Verdict::approve), "");
  ASSERT_EQ(world.review(world.key, "sam", Verdict::revoke), "");
  EXPECT_EQ(world.there().status.state, State::revoked);
  EXPECT_FALSE(world.call()->allowed());
  EXPECT_EQ(world.journal.count("forged_decision"), 0u);
}

struct OtherVerdict {
  State verdict;
  const char* reason;
};

// Refusals take nothing that anybody had; but people are to know that nobody has said so.
TEST(DerivedDecision, ADenialThatNobodyHasGivenIsReported) {
  for (const auto& [verdict, reason] :
       {OtherVerdict{State::denied, "Denied"}, OtherVerdict{State::withdrawn, "Withdrawn"},
        OtherVerdict{State::expired, "NoDecision"}}) {
    KeyInHand world;
    auto status = decided_status(world.sealer, world.there(), {verdict, reason, "", {}, {}}, world.clock.now(),
                                 {"memory", 1, "head"});
    boost::asio::co_spawn(world.io, world.cluster.replace_status(world.there(), std::move(status)),
                          boost::asio::detached);
    world.clock.advance(5s);
    EXPECT_EQ(world.journal.count("forged_decision"), 1u) << reason;
    EXPECT_FALSE(world.call()->allowed());
  }
}

// Any reviews, any requirements: a use is let through exactly if the sealed reviews decide so.
TEST(DerivedDecision, AUseIsLetThroughExactlyIfTheReviewsApprove) {
  std::mt19937 random(20261129);  // the same in each run
  const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
  const std::vector<std::string> people = {"alice", "bob", "sam", "sue"};
  std::size_t let_through = 0;
  for (int round = 0; round < 200; ++round) {
    KeyInHand world;
    auto& policy = world.action.ask.terms.policies[0];
    policy.approval.requirements = {{"owner", static_cast<std::uint32_t>(1 + below(2)), {}}};
    if (below(2) == 0) policy.approval.requirements.push_back({"security", 1, {}});
    for (auto& requirement : policy.approval.requirements) {
      for (const auto& name : people) {
        if (below(3) != 0) requirement.approvers.push_back({Approver::Kind::user, name});
      }
    }
    world.there().spec.policies = world.action.ask.terms.policies;
    world.seal_spec_again();
    std::vector<model::Review> counted;
    for (auto left = below(6); left > 0; --left) {
      const auto& who = people[below(people.size())];
      const auto verdict = below(12) == 0 ? Verdict::deny : Verdict::approve;
      world.add_review(who, verdict, policy::satisfies(world.action.ask.terms.policies, {who, "", {}, {}, {}, {}}));
      counted.push_back(world.there().spec.reviews.back());
    }
    const auto right = policy::evaluate(world.action.ask.terms.policies, counted);
    const bool approved = right.outcome == policy::Outcome::approved;
    world.write_approval(right.reviewers);
    EXPECT_EQ(world.call()->allowed(), approved) << "round " << round;
    EXPECT_EQ(world.engine->forged_decisions(), approved ? 0u : 1u) << "round " << round;
    let_through += approved ? 1 : 0;
  }
  EXPECT_GT(let_through, 20u);
  EXPECT_LT(let_through, 180u);
}

}  // namespace
}  // namespace sallyport::engine
