#include "endpoints/engine_handle.hpp"

#include <atomic>
#include <optional>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include "json/json.hpp"
#include "seams/world.hpp"

namespace sallyport::endpoints {
namespace {

using namespace std::chrono_literals;

// Knows which thread it was called on last.
struct WatchedCluster : seams::MemoryCluster {
  using MemoryCluster::MemoryCluster;
  engine::Awaitable<model::PodFacts> read_pod(std::string namespace_name, std::string name) override {
    called_on = std::this_thread::get_id();
    co_return co_await MemoryCluster::read_pod(std::move(namespace_name), std::move(name));
  }
  engine::Awaitable<std::string> read_uid(model::Resource resource, std::string namespace_name,
                                          std::string name) override {
    called_on = std::this_thread::get_id();
    co_return co_await MemoryCluster::read_uid(std::move(resource), std::move(namespace_name), std::move(name));
  }

  std::thread::id called_on;
};

// The test's own thread is the engine's; calls come from another.
struct EngineHandleTest : testing::Test, seams::World {
  EngineHandleTest() {
    boost::asio::post(io_thread, [this] { io_thread_id = std::this_thread::get_id(); });
  }
  ~EngineHandleTest() override { io_thread.join(); }

  // What a call on the I/O thread is answered, while the engine's thread runs; and notes where that was.
  template <typename Call>
  auto from_io_thread(Call call) {
    std::optional<typename std::invoke_result_t<Call&>::value_type> answer;
    std::atomic<bool> done = false;
    boost::asio::co_spawn(io_thread, note(std::move(call), answer), [&](const std::exception_ptr& error) {
      EXPECT_FALSE(error);
      done = true;
    });
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (!done && std::chrono::steady_clock::now() < until) {
      io.restart();
      io.run_one_for(1ms);
    }
    EXPECT_TRUE(done) << "nothing came of it within 30 s";
    EXPECT_EQ(answered_on, io_thread_id) << "an answer is given where the call came from";
    return std::move(*answer);
  }
  template <typename Call, typename Answer>
  boost::asio::awaitable<void> note(Call call, std::optional<Answer>& answer) {
    answer.emplace(co_await call());
    answered_on = std::this_thread::get_id();
  }

  static std::thread::id here() { return std::this_thread::get_id(); }
  static model::LogRecord answered(bool allowed) {
    return {"answered", json::Value::object().set("agent", "deployer").set("allowed", allowed).set("code", "Guarded")};
  }

  WatchedCluster watched{io, clock};
  std::thread::id asked_on;
  std::optional<std::string> why_not_logging;
  EngineHandle handle{{io.get_executor(),
                       *engine,
                       watched,
                       journal,
                       {[this] {
                          asked_on = here();
                          return why_not_logging;
                        },
                        [this](model::Policy policy) -> boost::asio::awaitable<std::vector<std::string>> {
                          asked_on = here();
                          co_return std::vector{"a warning about " + policy.ref.name};
                        }},
                       [this](std::string path) -> boost::asio::awaitable<bool> {
                         asked_on = here();
                         co_return path == "known";
                       }}};
  std::thread::id io_thread_id;
  std::thread::id answered_on;
  boost::asio::thread_pool io_thread{1};
};

TEST_F(EngineHandleTest, ACallIsDecidedByTheEngineAndAnsweredWhereItCameFrom) {
  auto asked = image_change();
  asked.call.caller = std::make_shared<seams::MemoryCaller>();
  asked.ask.terms.while_pending = model::WhilePending::reject;
  const auto answer = from_io_thread([&] { return handle.admit(std::move(asked.ask), std::move(asked.call)); });
  EXPECT_EQ(answer.code, model::Code::approval_required);
  EXPECT_EQ(request().status.state, model::State::pending);
}

TEST_F(EngineHandleTest, TheClusterIsReadOnTheEnginesThread) {
  const auto pod = from_io_thread([&] { return handle.read_pod("prod", "web"); });
  ASSERT_TRUE(pod);
  EXPECT_FALSE(pod->uid.empty());
  EXPECT_EQ(watched.called_on, here());
  watched.called_on = {};
  watched.not_there.insert("gone");
  const auto uid = from_io_thread([&] { return handle.read_uid({"", "v1", "pods", ""}, "prod", "gone"); });
  ASSERT_FALSE(uid);
  EXPECT_EQ(uid.error().code(), ErrorCode::not_found);
  EXPECT_EQ(watched.called_on, here());
}

TEST_F(EngineHandleTest, AWriteOfOurOwnKindsIsAnsweredOnTheEnginesThread) {
  model::AdmissionRequest write;
  write.uid = "u-1";
  write.resource = {"sallyport.dev", "v1alpha1", "approvalpolicies", ""};
  write.dry_run = true;
  why_not_logging = "the disk is full";
  const auto answer = from_io_thread([&] { return handle.answer_own_kind(write); });
  EXPECT_NE(answer.body.find("the disk is full"), std::string::npos) << answer.body;
  EXPECT_EQ(asked_on, here());
}

TEST_F(EngineHandleTest, WhoeverWritesAPolicyIsToldAllThatIsWrongAndWarnedOfWhatIsNot) {
  const auto answer_on = [this](const std::string& change) {
    model::AdmissionRequest write;
    write.uid = "u-1";
    write.kind = "ApprovalPolicy";
    write.resource = {"sallyport.dev", "v1alpha1", "approvalpolicies", ""};
    write.object =
        json::parse(
            R"({"apiVersion":"sallyport.dev/v1alpha1","kind":"ApprovalPolicy","metadata":{"namespace":"prod","name":"p"},)"
            R"("spec":{"enforcement":"Enforce","actions":[{"preset":"Exec"}],)" +
            change +
            R"("approval":{"requirements":[{"name":"owner","approvers":[{"kind":"Group","name":"oncall"}]}]}}})")
            .value();
    return from_io_thread([&] { return handle.answer_own_kind(write); }).body;
  };
  const auto good = answer_on("");
  EXPECT_NE(good.find(R"("allowed":true,"warnings":["a warning about p"])"), std::string::npos) << good;
  EXPECT_EQ(asked_on, here());
  const auto old = answer_on(R"("holdFor":"28s",)");
  EXPECT_NE(old.find(R"("allowed":true,"warnings":["spec.holdFor is deprecated)"), std::string::npos) << old;
  const auto broken = answer_on(R"("whilePending":"hold","waitFor":"6m",)");
  EXPECT_NE(broken.find(R"(\"hold\" is not known; it must be Reject or Hold. spec.waitFor must be)"), std::string::npos)
      << broken;
  EXPECT_NE(broken.find(R"("allowed":false)"), std::string::npos) << broken;
  EXPECT_EQ(broken.find("a warning about"), std::string::npos) << broken;
}

TEST_F(EngineHandleTest, APathIsLookedUpOnTheEnginesThread) {
  EXPECT_TRUE(from_io_thread([&] { return handle.knows_path("known"); }));
  EXPECT_EQ(asked_on, here());
  EXPECT_FALSE(from_io_thread([&] { return handle.knows_path("strange"); }));
}

TEST_F(EngineHandleTest, ARecordIsInTheLogBeforeItsWriterGoesOn) {
  const auto at = from_io_thread([&] { return handle.append(answered(true)); });
  ASSERT_TRUE(at);
  EXPECT_EQ(journal.count("answered"), 1u);
  journal.broken = true;
  EXPECT_FALSE(from_io_thread([&] { return handle.append(answered(true)); }));
}

TEST_F(EngineHandleTest, RefusalsAreLeftToTheEngineWhichWritesThemAtARate) {
  for (std::size_t i = 0; i < engine::LogQuota::kAnswersNotedAMinute + 40; ++i) {
    EXPECT_TRUE(
        from_io_thread([&]() -> boost::asio::awaitable<bool> { co_return handle.is_only_counted(answered(false)); }));
  }
  clock.settle();
  EXPECT_EQ(journal.count("answered"), engine::LogQuota::kAnswersNotedAMinute);
}

TEST_F(EngineHandleTest, WhatAnAgentWasAllowedIsOnlyCountedOnceItsQuotaIsUsedUp) {
  settings.log_bytes_per_agent_a_day = 1000;
  const auto replica = another_replica(settings, cluster, journal);
  const EngineHandle its_handle({io.get_executor(), *replica, cluster, journal, {}, {}});
  EXPECT_FALSE(its_handle.is_only_counted(answered(true)));
  auto large = answered(true);
  large.fields.set("facts", std::string(1000, 'x'));
  its_handle.append_async(std::move(large));
  EXPECT_TRUE(its_handle.is_only_counted(answered(true)));
  EXPECT_TRUE(its_handle.is_only_counted(answered(true)));
  clock.settle();
  EXPECT_EQ(journal.count("answered"), 1u);
  replica->log_quota().flush(true);
  ASSERT_EQ(journal.count("not_written"), 1u);
  EXPECT_EQ(journal.records.back().fields["counts"]["Guarded"].integer(), 2);
  replica->stop();
}

// The caller's frame holds on to what the engine's thread does for it.
TEST_F(EngineHandleTest, TheEngineIsNotOverWhileSomethingIsReadForACall) {
  watched.latency = [] { return Duration(5s); };
  std::optional<Result<model::PodFacts>> pod;
  boost::asio::co_spawn(io, handle.read_pod("prod", "web"),
                        [&](const std::exception_ptr&, auto read) { pod = std::move(read); });
  clock.settle();
  engine->stop();
  const auto ended = [&] {
    std::optional<bool> all;
    boost::asio::co_spawn(io, engine->ended(1s), [&](const std::exception_ptr&, bool none_left) { all = none_left; });
    clock.advance(1s);
    return all;
  };
  EXPECT_EQ(ended(), false);
  EXPECT_FALSE(pod);
  clock.advance(30s);
  EXPECT_TRUE(pod && *pod);
  EXPECT_EQ(ended(), true);
}

}  // namespace
}  // namespace sallyport::endpoints
