#include "endpoints/webhooks.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "seams/world.hpp"

namespace sallyport::endpoints {
namespace {

using namespace std::chrono_literals;

// The webhooks' port of one I/O thread, over an engine whose cluster is in memory.
struct Port : seams::World {
  Port() {
    clock.advance(1h);  // zero is never
    show({exec_policy("promote-exec")});
    in_force.stands = [this](const policy::Basis& basis) {
      return policy::stands(basis, *shown->policies, shown->find_namespace(basis.envelope.namespace_name));
    };
  }

  static model::Policy exec_policy(const std::string& name, const std::string& namespace_name = "prod") {
    model::Policy policy;
    policy.ref = {"ApprovalPolicy", namespace_name, name, "uid-" + name, 1};
    policy.spec.actions.emplace_back().preset = model::Preset::exec;
    policy.spec.approval.requirements = {seams::one_of("owner", "oncall")};
    policy.spec.while_pending = model::WhilePending::reject;
    return policy;
  }

  // The policies that are in force from now on.
  void show(std::vector<model::Policy> policies) {
    auto snapshot = std::make_shared<admission::PolicySnapshot>();
    snapshot->policies = std::make_shared<const policy::PolicyIndex>(std::move(policies));
    snapshot->namespaces = std::make_shared<const std::map<std::string, policy::NamespaceFacts>>(
        std::map<std::string, policy::NamespaceFacts>{{"prod", {"prod", "uid-prod", {}, false}}});
    snapshot->guard =
        std::make_shared<const policy::Guard>(policy::GuardSettings{"sallyport-system", "sallyport", settings.agents});
    snapshot->freshness = {clock.steady()};
    webhooks.set_snapshot(snapshot);
    shown = std::move(snapshot);
  }

  static net::Body as_body(std::string_view text) {
    const net::Limits limits;
    net::Body body(std::make_shared<net::BodyPool>(limits, std::make_shared<net::Counters>()), text.size());
    while (!body.is_complete()) {
      const auto room = body.room();
      const auto part = text.substr(0, room.size());
      std::ranges::copy(part, room.begin());
      body.received(part.size());
      text.remove_prefix(part.size());
    }
    return body;
  }

  std::string exec() { return exec(webhooks); }
  std::string exec(Webhooks& through) {
    net::Request request{.method = "POST",
                         .path = "/path/admit",
                         .query = "timeout=30s",
                         .content_type = "application/json",
                         .body = as_body(body),
                         .client_name = {},
                         .arrived = std::chrono::steady_clock::time_point(clock.steady()),
                         .call = std::make_shared<net::Call>()};
    auto answer = through.handle(std::move(request));
    if (auto* at_once = std::get_if<net::Response>(&answer)) return std::move(at_once->body);
    std::string text;
    boost::asio::co_spawn(io, std::get<boost::asio::awaitable<net::Response>>(std::move(answer)),
                          [&](std::exception_ptr error, net::Response response) {
                            if (error) std::rethrow_exception(error);
                            text = std::move(response.body);
                          });
    clock.settle();
    return text;
  }

  std::string body =
      R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u-1",)"
      R"("kind":{"group":"","version":"v1","kind":"PodExecOptions"},"resource":{"group":"","version":"v1","resource":"pods"},)"
      R"("subResource":"exec","name":"web","namespace":"prod","operation":"CONNECT",)"
      R"("userInfo":{"username":"system:serviceaccount:agents:deployer","uid":"a"},)"
      R"("object":{"kind":"PodExecOptions","apiVersion":"v1","stdout":true,"container":"web","command":["id"]},)"
      R"("oldObject":null,"dryRun":false,"options":null}})";
  Secret hash_key{"a key for tests"};
  admission::Context context{settings.agents, model::Enforcement::enforce, "cluster-1", hash_key, 30s};
  Metrics metrics;
  AgentsSeen agents_seen{settings.agents};
  EngineHandle handle_with(engine::Cluster& read) {
    return EngineHandle({io.get_executor(),
                         *engine,
                         read,
                         journal,
                         {[] { return std::nullopt; }, {}},
                         [](std::string) -> boost::asio::awaitable<bool> { co_return false; }});
  }
  EngineHandle handle = handle_with(cluster);
  std::shared_ptr<const admission::PolicySnapshot> shown;
  Webhooks webhooks{context, clock, metrics, agents_seen, handle};
};

TEST(Webhooks, AnExecThatWasApprovedIsLetThrough) {
  Port port;
  EXPECT_NE(port.exec().find("ApprovalRequired"), std::string::npos);
  ASSERT_EQ(port.review(port.only_request(), "alice", model::Verdict::approve), "");
  EXPECT_NE(port.exec().find(R"("allowed":true)"), std::string::npos);
}

// client-go sends a write again that was answered with 429, and never a CONNECT.
TEST(Webhooks, AnExecIsNeverToldToComeAgainByA429) {
  Port port;
  port.exec();
  ASSERT_EQ(port.review(port.only_request(), "alice", model::Verdict::approve), "");
  port.in_force.stands = [](const policy::Basis&) { return false; };
  const auto answer = port.exec();
  EXPECT_NE(answer.find("Busy"), std::string::npos) << answer;
  EXPECT_NE(answer.find(R"("code":403)"), std::string::npos) << answer;
}

// Its pod is read first, and policies may change while that takes its time.
TEST(Webhooks, AnExecIsJudgedByThePoliciesThatItWasMatchedUnder) {
  Port port;
  port.exec();
  ASSERT_EQ(port.review(port.only_request(), "alice", model::Verdict::approve), "");
  port.cluster.while_a_pod_is_read = [&] {
    auto stricter = Port::exec_policy("stricter");
    stricter.spec.approval.requirements[0].count = 2;
    port.show({Port::exec_policy("promote-exec"), std::move(stricter)});
  };
  const auto answer = port.exec();
  EXPECT_NE(answer.find(R"("allowed":false)"), std::string::npos) << answer;
  EXPECT_TRUE(port.request().status.uses.empty());
}

// No client sends an exec again: after the yes it must not fail for what others write.
TEST(Webhooks, AnApprovedExecGoesOnWhateverBecomesOfOthersPolicies) {
  Port port;
  port.exec();
  ASSERT_EQ(port.review(port.only_request(), "alice", model::Verdict::approve), "");
  port.cluster.while_a_pod_is_read = [&] {
    auto of_others = Port::exec_policy("other-agents");
    of_others.spec.subjects = {{model::Subject::Kind::agent, "other", ""}};
    port.show({Port::exec_policy("promote-exec"), Port::exec_policy("elsewhere", "test"), std::move(of_others)});
  };
  EXPECT_NE(port.exec().find(R"("allowed":true)"), std::string::npos);
}

TEST(Webhooks, WhatAPolicyInWarnOrAuditWouldHaveAskedForIsCountedBesideOneThatAsks) {
  Port port;
  auto warns = Port::exec_policy("warns"), audits = Port::exec_policy("audits");
  warns.spec.enforcement = model::Enforcement::warn;
  audits.spec.enforcement = model::Enforcement::audit;
  port.show({Port::exec_policy("promote-exec"), std::move(warns), std::move(audits)});
  EXPECT_NE(port.exec().find("ApprovalRequired"), std::string::npos);
  EXPECT_EQ(port.metrics.warned, 1u);
  EXPECT_EQ(port.metrics.audited, 1u);
}

TEST(Webhooks, WhatCannotBeLoggedIsRefusedWithoutAWordOfTheDisk) {
  Port port;
  auto warns = Port::exec_policy("warns");
  warns.spec.enforcement = model::Enforcement::warn;
  port.show({std::move(warns)});
  port.journal.broken = true;
  const auto answer = port.exec();
  EXPECT_NE(answer.find("code=LogUnavailable"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("the disk is full"), std::string::npos) << answer;
}

struct WithoutPods : seams::MemoryCluster {
  using MemoryCluster::MemoryCluster;
  engine::Awaitable<model::PodFacts> read_pod(std::string, std::string) override {
    co_return fail(ErrorCode::unavailable, "connection refused");
  }
};

TEST(Webhooks, AnExecWhosePodCannotBeReadIsRefusedAndOpensNothing) {
  Port port;
  WithoutPods cluster(port.io, port.clock);
  const auto handle = port.handle_with(cluster);
  Webhooks webhooks{port.context, port.clock, port.metrics, port.agents_seen, handle};
  webhooks.set_snapshot(port.shown);
  const auto answer = port.exec(webhooks);
  EXPECT_NE(answer.find("code=ClusterUnavailable"), std::string::npos) << answer;
  EXPECT_EQ(port.metrics.answers[static_cast<std::size_t>(model::Code::cluster_unavailable)], 1u);
  EXPECT_TRUE(port.cluster.all().empty());
}

TEST(Webhooks, AnExecIntoAPodThatDoesNotExistAsksNobody) {
  Port port;
  port.cluster.not_there = {"web"};
  const auto answer = port.exec();
  EXPECT_NE(answer.find("does not exist. Nobody was asked. [code=NotFound]"), std::string::npos) << answer;
  EXPECT_NE(answer.find(R"("code":404)"), std::string::npos) << answer;
  EXPECT_TRUE(port.cluster.all().empty());
}

// Where no policy asks, the guard looks whose pod it is.
TEST(Webhooks, AnExecIntoAPodOfAnotherAccountIsGuarded) {
  Port port;
  port.show({});
  EXPECT_NE(port.exec().find(R"("allowed":true)"), std::string::npos);
  port.cluster.account_of_pods = "builder";
  EXPECT_NE(port.exec().find("code=Guarded"), std::string::npos);
  EXPECT_EQ(port.metrics.guard_reads, 2u);
  port.cluster.not_there = {"web"};
  EXPECT_NE(port.exec().find(R"("allowed":true)"), std::string::npos) << "the API server says that it is gone";
  WithoutPods unreadable(port.io, port.clock);
  const auto handle = port.handle_with(unreadable);
  Webhooks webhooks{port.context, port.clock, port.metrics, port.agents_seen, handle};
  webhooks.set_snapshot(port.shown);
  EXPECT_NE(port.exec(webhooks).find("code=ClusterUnavailable"), std::string::npos);
}

// P4: what was proven holds for 15 s, and a proof comes with a snapshot alone.
TEST(Webhooks, WhatNoPolicyMatchesIsLetThroughOnlyAsLongAsThatIsProven) {
  Port port;
  port.show({});
  EXPECT_NE(port.exec().find(R"("allowed":true)"), std::string::npos);
  port.clock.advance(14s);
  EXPECT_NE(port.exec().find(R"("allowed":true)"), std::string::npos);
  port.clock.advance(1s);
  EXPECT_NE(port.exec().find("code=NotReady"), std::string::npos) << port.exec();
  port.show({});
  EXPECT_NE(port.exec().find(R"("allowed":true)"), std::string::npos);
}

TEST(Webhooks, TheWebhooksPathBeforeIsAcceptedUntilItsTime) {
  Port port;
  auto snapshot = std::make_shared<admission::PolicySnapshot>();
  snapshot->path = {"new", "old", port.clock.steady() + 10s};
  port.webhooks.set_snapshot(snapshot);
  const auto is_let_in = [&] {
    const auto verdict = port.webhooks.authorize_caller("/old/admit", std::nullopt);
    return std::holds_alternative<bool>(verdict);  // else the engine's thread is asked
  };
  EXPECT_TRUE(is_let_in());
  port.clock.advance(10s);
  EXPECT_FALSE(is_let_in());
}

// A CA signs for others than the API server, too.
TEST(Webhooks, OnlyTheApiServersOwnCertificateProvesACallWhereItHasOne) {
  Port port;
  const auto authorize_caller = [&](const std::optional<std::string>& name) {
    return std::get<bool>(port.webhooks.authorize_caller("/path/admit", name));
  };
  auto snapshot = std::make_shared<admission::PolicySnapshot>();
  snapshot->path.current = "path";
  port.webhooks.set_snapshot(snapshot);
  EXPECT_TRUE(authorize_caller(std::nullopt)) << "the path alone, where no certificate is asked for";
  port.context.client_names = {"kube-apiserver", "kube-apiserver-2"};
  EXPECT_TRUE(authorize_caller("kube-apiserver"));
  EXPECT_TRUE(authorize_caller("kube-apiserver-2"));
  for (const auto* other : {"", "kubelet", "kube-apiserver-3", "KUBE-APISERVER", "kube-apiserver "})
    EXPECT_FALSE(authorize_caller(other)) << other;
  EXPECT_FALSE(authorize_caller(std::nullopt)) << "the path alone";
}

}  // namespace
}  // namespace sallyport::endpoints
