#include "controllers/webhook_injector.hpp"

#include "keys_fixture.hpp"

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;

const std::string kGate = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/sallyport-gate";
const std::string kRequests = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/sallyport-requests";

// An API server that holds both configurations, too.
struct WebhookInjectorTest : KeysFixture {
  WebhookInjectorTest() {
    for (const auto& path : {kGate, kRequests}) {
      configurations[path] =
          parsed(R"({"metadata":{"name":"x"},"webhooks":[{"name":"a","clientConfig":{"service":{"name":"w"}}}]})");
      answers["GET " + path] = [this, path](const Call&) { return ok(configurations[path]); };
      answers["PATCH " + path] = [this, path](const Call& call) {
        configurations[path] = parsed(call.body);
        return ok(configurations[path]);
      };
    }
  }
  bool another_round() {
    const auto before = calls("GET " + kRequests);
    clock.advance(5s);
    return until([&] { return calls("GET " + kRequests) > before; });
  }
  std::string path_in(const std::string& configuration) {
    return std::string(configurations[configuration]["webhooks"].items()[0]["clientConfig"]["service"]["path"].text());
  }

  std::map<std::string, json::Value> configurations;
  std::string missing;
  keys::KeyFiles files{{"/nowhere/seal.key", "/nowhere/log.key", "", ""}};
  KeyRotation rotation{
      runner, log, {own, shared, certificate, *tls, files, clock.now()}, [this](const keys::SharedKeys& keys) {
        published.push_back(keys.path);
      }};
  WebhookInjector injector{runner, *api, rotation, {"sallyport-gate", "sallyport-requests"}, [this](std::string what) {
                             missing = std::move(what);
                           }};
};

TEST_F(WebhookInjectorTest, BothConfigurationsGetThePathThatTheSecretHolds) {
  runner.spawn("webhook-injection", injector.run());
  ASSERT_TRUE(until([&] { return injector.is_injected(); }));
  EXPECT_EQ(path_in(kGate), "/" + rotation.shared().path + "/admit");
  EXPECT_EQ(path_in(kRequests), "/" + rotation.shared().path + "/requests");
  EXPECT_EQ(published.back(), rotation.shared().path);
  EXPECT_FALSE(secret["data"]["locked"].text().empty());
  EXPECT_NE(missing.find("seal.key"), std::string::npos) << missing;
}

// Whoever changed it may have read the path that stood there. The path is at most replaced every ten seconds.
TEST_F(WebhookInjectorTest, AConfigurationThatSomebodyChangedIsPutRight) {
  runner.spawn("webhook-injection", injector.run());
  ASSERT_TRUE(until([&] { return injector.is_injected(); }));
  ASSERT_TRUE(another_round()) << "seen once as it should be";
  configurations[kGate] =
      parsed(R"({"metadata":{"name":"x"},"webhooks":[{"name":"a","clientConfig":{"service":{"path":"/evil"}}}]})");
  clock.advance(5s);
  ASSERT_TRUE(until([&] { return path_in(kGate) != "/evil" && injector.is_injected(); }));
  EXPECT_EQ(path_in(kGate), "/" + rotation.shared().path + "/admit");
}

TEST_F(WebhookInjectorTest, APathThatSomebodyMayHaveReadIsReplacedOnceItMayBe) {
  runner.spawn("webhook-injection", injector.run());
  ASSERT_TRUE(until([&] { return injector.is_injected(); }));
  const auto first = rotation.shared().path;
  configurations[kGate] =
      parsed(R"({"metadata":{"name":"x"},"webhooks":[{"name":"a","clientConfig":{"service":{"path":"/evil"}}}]})");
  ASSERT_TRUE(another_round());
  ASSERT_TRUE(until([&] {
    clock.advance(500ms);
    return path_in(kGate) == "/" + first + "/admit";
  })) << "put right at once, by the path that there is: it was written less than ten seconds ago";
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(another_round());
  EXPECT_NE(rotation.shared().path, first);
  EXPECT_EQ(path_in(kGate), "/" + rotation.shared().path + "/admit");
  const auto second = rotation.shared().path;
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(another_round());
  EXPECT_EQ(rotation.shared().path, second) << "it is replaced once";
}

// The path is a new one, too: nobody of us has written what stands there.
TEST_F(WebhookInjectorTest, AChangeIsSeenAlsoWhereAnotherReplicaHasJustReplacedThePath) {
  runner.spawn("webhook-injection", injector.run());
  ASSERT_TRUE(until([&] { return injector.is_injected(); }));
  clock.advance(4s);
  const auto others = renewed_by_another(rotation.shared()).path;
  configurations[kGate] =
      parsed(R"({"metadata":{"name":"x"},"webhooks":[{"name":"a","clientConfig":{"service":{"path":"/evil"}}}]})");
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(another_round());
  EXPECT_NE(rotation.shared().path, others);
}

// Another replica replaces the path between this one's look at the Secret and its look at the configuration.
TEST_F(WebhookInjectorTest, APathThatAnotherReplicaHasWrittenIsNoChangeBySomebody) {
  for (const bool is_known : {false, true}) {
    if (is_known) ASSERT_TRUE(until([&] { return injector.is_injected(); }));
    std::string others;
    answers["GET " + kGate] = [&](const Call&) {
      if (!others.empty()) return ok(configurations[kGate]);
      others = renewed_by_another(rotation.shared()).path;
      for (auto& [path, configuration] : configurations) {
        configuration = parsed(R"({"metadata":{"name":"x"},"webhooks":[{"name":"a","clientConfig":{"caBundle":")" +
                               base64(rotation.ca_pem()) + R"(","service":{"path":"/)" + others +
                               (path == kGate ? "/admit" : "/requests") + R"("}}}]})");
      }
      return ok(configurations[kGate]);
    };
    const auto written = calls("PATCH ");
    if (is_known) {
      clock.advance(5s);
    } else {
      runner.spawn("webhook-injection", injector.run());
    }
    ASSERT_TRUE(until([&] { return !others.empty() && injector.is_injected(); }));
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(another_round());
    EXPECT_EQ(rotation.shared().path, others);
    EXPECT_EQ(calls("PATCH "), written) << "nothing older is written over it";
  }
}

TEST_F(WebhookInjectorTest, WhoComesSecondLooksOnceMore) {
  const auto patch = answers["PATCH " + kGate];
  answers["PATCH " + kGate] = [this, patch](const Call& call) {
    if (calls("PATCH " + kGate) > 1) return patch(call);
    patch(call);  // by the other replica
    return Answer{.status = 409, .body = R"({"reason":"Conflict"})", .headers = {}};
  };
  runner.spawn("webhook-injection", injector.run());
  ASSERT_TRUE(until([&] { return injector.is_injected(); }));
  EXPECT_EQ(calls("PATCH " + kGate), 1u);
  EXPECT_EQ(path_in(kGate), "/" + rotation.shared().path + "/admit");
}

TEST_F(WebhookInjectorTest, WithoutTheSecretNothingIsInjectedAtAStart) {
  fail_with("GET " + kSecret, 403);
  runner.spawn("webhook-injection", injector.run());
  ASSERT_TRUE(until([&] { return calls("GET " + kSecret) > 0; }));
  clock.settle();
  EXPECT_FALSE(injector.is_injected());
  EXPECT_EQ(calls("PATCH "), 0u);
}

// The path that another replica has just made is found in the Secret, by one look for all who come with it.
TEST_F(WebhookInjectorTest, APathThatIsNotKnownIsLookedUpOnceForAllWhoAsk) {
  runner.spawn("webhook-injection", injector.run());
  ASSERT_TRUE(until([&] { return injector.is_injected(); }));
  clock.advance(1s);
  const auto before = calls("GET " + kSecret);
  std::vector<bool> known;
  for (int i = 0; i < 10; ++i) {
    boost::asio::co_spawn(io, rotation.knows_path("not-ours"),
                          [&](const std::exception_ptr&, bool is_known) { known.push_back(is_known); });
  }
  for (int i = 0; i < 50 && known.size() < 10; ++i) {
    until([&] { return known.size() == 10 || calls("GET " + kSecret) > before; });
    clock.advance(20ms);
  }
  EXPECT_EQ(known, std::vector<bool>(10, false));
  EXPECT_EQ(calls("GET " + kSecret), before + 1);
}

TEST_F(WebhookInjectorTest, OfAllStrangersOnlySomeWait) {
  runner.spawn("webhook-injection", injector.run());
  ASSERT_TRUE(until([&] { return injector.is_injected(); }));
  std::size_t answered = 0;
  for (int i = 0; i < 100; ++i) {
    boost::asio::co_spawn(io, rotation.knows_path("not-ours"), [&](const std::exception_ptr&, bool) { ++answered; });
  }
  io.restart();
  io.poll();
  EXPECT_GE(answered, 36u);
  EXPECT_LT(answered, 100u) << "up to 64 wait for a look at the Secret";
  for (int i = 0; i < 500 && answered < 100; ++i) {
    clock.advance(20ms);
    io.restart();
    io.run_one_for(5ms);
  }
  EXPECT_EQ(answered, 100u);
}

}  // namespace
}  // namespace sallyport::controllers
