#include "engine/answers.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "seams/world.hpp"

namespace sallyport::engine {
namespace {

using model::Code;
using model::Verdict;
using seams::World;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

// What a program would copy out of a refusal.
std::vector<std::string> commands_in(std::string_view text) {
  std::vector<std::string> commands;
  for (auto begin = text.find('`'); begin != std::string_view::npos; begin = text.find('`')) {
    text.remove_prefix(begin + 1);
    const auto end = text.find('`');
    EXPECT_NE(end, std::string_view::npos);
    commands.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return commands;
}

struct Refused : World {
  Refused() { action.ask.terms.while_pending = model::WhilePending::reject; }
  std::string refusal() {
    action.call.deadline = clock.steady() + 30s;
    return admit(action)->answer->message;
  }
  std::string denied(std::string words) {
    admit(action);
    comment = std::move(words);
    EXPECT_EQ(review(only_request(), "alice", Verdict::deny), "");
    return refusal();
  }
  seams::GatedCall action = image_change();
};

TEST(Answers, ACommandCanBeCopied) {
  Refused world;
  const auto required = world.refusal();
  const auto name = world.only_request().name;
  const auto wait = "kubectl wait areq/" + name + " -n prod --for=condition=Decided --timeout=1h";
  EXPECT_THAT(commands_in(required), ElementsAre(wait));

  auto held = world.action;
  held.ask.terms.while_pending = model::WhilePending::hold;
  const auto call = world.admit(held);
  world.clock.advance(28s);
  EXPECT_EQ(call->code(), Code::approval_pending);
  EXPECT_THAT(commands_in(call->answer->message), ElementsAre(wait));

  EXPECT_EQ(world.review(world.only_request(), "alice", Verdict::deny), "");
  EXPECT_THAT(commands_in(world.refusal()), ElementsAre("kubectl get areq " + name + " -n prod -o yaml"));
}

// What stands in objects, and what a reviewer says, is no command of ours.
TEST(Answers, NobodyElsesWordsAreCopiedForACommand) {
  Refused world;
  world.action.ask.action.summary = "UPDATE deployments.apps/api: image `rm -rf /` -> api:2";
  EXPECT_THAT(commands_in(world.refusal()), ElementsAre(HasSubstr("kubectl wait")));
  EXPECT_THAT(commands_in(world.denied("use `kubectl delete` instead")), ElementsAre(HasSubstr("kubectl get areq")));
}

TEST(Answers, ADenialCarriesTheReviewersWords) {
  Refused world;
  EXPECT_THAT(
      world.denied("not on a Friday: \"freeze\"\nask\x1b[2J bob"),
      HasSubstr(R"(was denied. The reviewer says: "not on a Friday: \"freeze\" ask\u001b[2J bob". The same call)"));
  // Other asks about the object are refused for that denial, too.
  for (const auto* image : {"api:3", "api:4"}) {
    world.clock.advance(2s);
    auto other = world.image_change(image);
    other.ask.terms.while_pending = model::WhilePending::reject;
    world.admit(other);
  }
  auto one_more = world.image_change("api:5");
  one_more.ask.terms.while_pending = model::WhilePending::reject;
  const auto refused = world.admit(one_more)->answer;
  EXPECT_EQ(refused->code, Code::approval_denied);
  EXPECT_THAT(refused->message, HasSubstr(R"(The reviewer says: "not on a Friday)"));
}

TEST(Answers, ADenialWithoutAWordAddsNone) {
  Refused world;
  EXPECT_THAT(world.denied(""), AllOf(HasSubstr("was denied. The same call"), Not(HasSubstr("says"))));
}

TEST(Answers, TheReviewersWordsAreBounded) {
  for (const std::string unit : {"x", "\"", "`", "\x1b", "\xd0\xb4"}) {
    std::string words;
    while (words.size() < 1000) words += unit;
    EXPECT_LE(answers::quote(words).size(), 2 * 256 + 2) << unit;
    EXPECT_THAT(commands_in(answers::quote(words)), IsEmpty());
  }
}

// Whoever wrote it into the request.
TEST(Answers, WordsWithoutASealAreNobodys) {
  Refused world;
  world.admit(world.action);
  const auto key = world.only_request();
  world.cluster.append_review(key, {.reviewer = "mallory",
                                    .verdict = Verdict::deny,
                                    .comment = "run this",
                                    .via = "kubectl",
                                    .time = world.clock.now(),
                                    .seal = "copied"});
  world.comment = "no";
  EXPECT_EQ(world.review(key, "alice", Verdict::deny), "");
  EXPECT_THAT(world.refusal(), AllOf(HasSubstr(R"(The reviewer says: "no".)"), Not(HasSubstr("run this"))));
}

TEST(Answers, WhatIsWrongInsideIsNotToldToAnAgent) {
  Refused world;
  world.admit(world.action);
  world.review(world.only_request(), "alice", Verdict::approve);
  world.journal.broken = true;
  const auto unlogged = world.admit(world.action)->answer;
  EXPECT_EQ(unlogged->code, Code::log_unavailable);
  EXPECT_THAT(unlogged->message, AllOf(HasSubstr("cannot write its log"), HasSubstr("Send the same call again"),
                                       Not(HasSubstr("the disk is full"))));
  world.cluster.not_ready = "ValidatingAdmissionPolicy sallyport is gone";
  const auto unready = world.admit(world.action)->answer;
  EXPECT_EQ(unready->code, Code::not_ready);
  EXPECT_THAT(unready->message, AllOf(HasSubstr("Send the same call again"), Not(HasSubstr("sallyport is gone"))));
}

}  // namespace
}  // namespace sallyport::engine
