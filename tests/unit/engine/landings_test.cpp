// The log says that a person reviewed something once their review stands in etcd, and not because a caller of the
// webhook said so.
#include <algorithm>

#include <gtest/gtest.h>

#include "seams/world.hpp"

namespace sallyport::engine {
namespace {

using model::Verdict;
using seams::MemoryJournal;
using seams::one_of;
using seams::World;
using namespace std::chrono_literals;

struct Asked : World {
  explicit Asked(std::uint32_t count = 1) {
    auto action = image_change();
    action.ask.terms.policies[0].approval.requirements = {one_of("owner", "oncall", count)};
    action.ask.terms.while_pending = model::WhilePending::reject;
    admit(action);
    key = only_request();
  }

  // Somebody tells the webhook that this person reviews it; what is stamped comes back to the caller.
  model::Review tell_webhook(const std::string& who, Verdict verdict = Verdict::approve) {
    std::optional<ReviewAnswer> answer;
    boost::asio::co_spawn(
        io, engine->review({seams::person(who), cluster.at(key), {verdict, "", "", false}, "kubectl", false}),
        [&](std::exception_ptr error, ReviewAnswer given) {
          if (error) std::rethrow_exception(error);
          answer = std::move(given);
        });
    clock.settle();
    return answer.value().review.value_or(model::Review{});
  }

  static std::size_t place(const MemoryJournal& journal, std::string_view event, std::string_view kind = "") {
    const auto found = std::ranges::find_if(journal.records, [&](const auto& record) {
      return record.event == event && (kind.empty() || record.fields["kind"].text() == kind);
    });
    return static_cast<std::size_t>(found - journal.records.begin());
  }

  model::RequestKey key;
};

TEST(Landings, WhatOnlyACallerOfTheWebhookHasSaidIsNobodysReview) {
  Asked world;
  EXPECT_NE(world.tell_webhook("alice").seal, "");  // and it goes no further
  world.clock.advance(5min);
  EXPECT_EQ(world.journal.count("review_stamped", "reviewer", "alice"), 1u);
  EXPECT_EQ(world.journal.count("review_accepted"), 0u);
}

TEST(Landings, AReviewIsAcceptedOnceItIsSeenAndBeforeADecisionRestsOnIt) {
  Asked world;
  world.review(world.key, "alice", Verdict::approve);
  EXPECT_EQ(world.journal.count("review_stamped", "reviewer", "alice"), 1u);
  EXPECT_EQ(world.journal.count("review_accepted", "reviewer", "alice"), 1u);
  EXPECT_LT(Asked::place(world.journal, "review_stamped"), Asked::place(world.journal, "review_accepted"));
  EXPECT_LT(Asked::place(world.journal, "review_accepted"), Asked::place(world.journal, "intent", "decision"));
  world.clock.advance(1min);
  EXPECT_EQ(world.journal.count("review_accepted"), 1u);
}

TEST(Landings, AnotherReplicaAcceptsWhatItHasSeenForTenSeconds) {
  Asked world(2);
  const auto other = world.another_replica();
  world.review(world.key, "alice", Verdict::approve);
  const auto look = [&] {
    boost::asio::co_spawn(world.io, other->observe(world.cluster.at(world.key)), boost::asio::detached);
    world.clock.settle();
  };
  look();
  world.clock.advance(9s);
  look();
  EXPECT_EQ(world.other_journal.count("review_accepted"), 0u);
  world.clock.advance(2s);
  look();
  look();
  EXPECT_EQ(world.other_journal.count("review_accepted", "reviewer", "alice"), 1u);
  EXPECT_EQ(world.journal.count("review_accepted"), 1u);
}

TEST(Landings, AReplicaThatDecidesOnAnothersReviewAcceptsItFirst) {
  Asked world;
  const auto other = world.another_replica();
  const auto review = world.tell_webhook("alice");
  world.cluster.watch = [&](const auto& request) {  // the one that stamped it hears nothing
    boost::asio::co_spawn(world.io, other->observe(request), boost::asio::detached);
  };
  world.cluster.append_review(world.key, review);
  world.clock.advance(10s);
  EXPECT_EQ(world.cluster.at(world.key).status.state, model::State::approved);
  EXPECT_EQ(world.other_journal.count("review_accepted", "seal", review.seal), 1u);
  EXPECT_LT(Asked::place(world.other_journal, "review_accepted"),
            Asked::place(world.other_journal, "intent", "decision"));
}

TEST(Landings, AfterARestartWhatTheLogHasIsNotAcceptedAgain) {
  Asked world(2);
  world.review(world.key, "alice", Verdict::approve);
  world.review(world.key, "sam", Verdict::deny);
  const auto& request = world.cluster.at(world.key);
  const auto again = world.another_replica();
  again->landings().remember({{request.uid, {request.spec.reviews[0].seal}}});
  const auto look = [&] {
    boost::asio::co_spawn(world.io, again->observe(world.cluster.at(world.key)), boost::asio::detached);
    world.clock.settle();
  };
  look();
  world.clock.advance(11s);
  look();
  EXPECT_EQ(world.other_journal.count("review_accepted", "reviewer", "alice"), 0u);
  EXPECT_EQ(world.other_journal.count("review_accepted", "reviewer", "sam"), 1u);
}

TEST(Landings, NothingIsAcceptedWhileTheAdmissionPolicyDoesNotStand) {
  Asked world(2);
  const auto review = world.tell_webhook("alice");
  world.cluster.not_ready = "the admission policy is gone";
  world.cluster.append_review(world.key, review);
  world.clock.advance(1min);
  EXPECT_EQ(world.journal.count("review_accepted"), 0u);
  world.cluster.not_ready.reset();
  world.clock.advance(2s);
  EXPECT_EQ(world.journal.count("review_accepted"), 1u);
}

TEST(Landings, OfAProvenCallerTheStampIsTheRecord) {
  World world;
  world.settings.callers_proven = true;
  const auto proven = world.another_replica();
  auto action = world.image_change();
  action.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(action);
  const auto key = world.only_request();
  std::optional<ReviewAnswer> answer;
  boost::asio::co_spawn(
      world.io,
      proven->review(
          {seams::person("alice"), world.cluster.at(key), {Verdict::approve, "", "", false}, "kubectl", false}),
      [&](std::exception_ptr, ReviewAnswer given) { answer = std::move(given); });
  world.clock.settle();
  EXPECT_EQ(world.other_journal.count("review_accepted", "reviewer", "alice"), 1u);
  world.cluster.append_review(key, *answer->review);
  boost::asio::co_spawn(world.io, proven->observe(world.cluster.at(key)), boost::asio::detached);
  world.clock.advance(15s);
  EXPECT_EQ(world.other_journal.count("review_accepted"), 1u);
  EXPECT_EQ(world.other_journal.count("review_stamped"), 0u);
}

TEST(Landings, ARefusalSaysThatItWasACallerWhoSaidWhoReviewed) {
  Asked world;
  world.review(world.key, "mallory", Verdict::approve);
  EXPECT_EQ(world.journal.count("review_refused", "caller", "path"), 1u);
}

}  // namespace
}  // namespace sallyport::engine
