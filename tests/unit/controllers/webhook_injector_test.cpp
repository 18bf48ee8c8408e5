#include "controllers/webhook_injector.hpp"

#include "api_fixture.hpp"
#include "keys/key_store.hpp"

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;

const std::string kSecret = "/api/v1/namespaces/sallyport-system/secrets/sallyport-keys";
const std::string kGate = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/sallyport-gate";
const std::string kRequests = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/sallyport-requests";

// What never signs: the key file is not there.
struct SilentJournal : journal::Journal {
  engine::Awaitable<model::LogPosition> append(model::LogRecord) override { co_return model::LogPosition{}; }
  void append_async(model::LogRecord) override {}
  [[nodiscard]] std::uint64_t written_today(const std::string&) const override { return 0; }
  [[nodiscard]] const std::string& stream() const override { return name; }
  [[nodiscard]] std::optional<std::string> why_failed() const override { return std::nullopt; }
  [[nodiscard]] journal::Counters counters() const override { return {}; }
  [[nodiscard]] std::uint64_t seq_on_disk() const override { return 0; }
  void sign_with(SigningKey) override {}
  std::string name;
};

// An API server that holds the Secret (by compare-and-set) and both configurations.
struct WebhookInjectorTest : ApiFixture {
  WebhookInjectorTest() {
    answers["GET " + kSecret] = [this](const Call&) { return ok(secret); };
    answers["PUT " + kSecret] = [this](const Call& call) {
      auto written = parsed(call.body);
      if (written["metadata"]["resourceVersion"] != secret["metadata"]["resourceVersion"])
        return Answer{.status = 409, .body = R"({"reason":"Conflict"})", .headers = {}};
      written.find_mutable("metadata")->set("resourceVersion", std::to_string(++version));
      secret = std::move(written);
      return ok(secret);
    };
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

  std::uint64_t version = 1;
  json::Value secret =
      parsed(R"({"metadata":{"name":"sallyport-keys","uid":"u","resourceVersion":"1"},"type":"Opaque","data":{}})");
  std::map<std::string, json::Value> configurations;
  SilentJournal log;
  std::shared_ptr<net::TlsContext> tls = std::make_shared<net::TlsContext>();
  keys::OwnKeys own{"/nowhere/seal.key", "/nowhere/log.key"};
  keys::KeyStore shared{*api, "sallyport-system", "sallyport-keys", {"localhost"}, Secret(std::string(32, 'k'))};
  keys::ServingCertificate certificate{tls, ""};
  std::vector<std::string> published;
  std::string missing;
  KeyRotation rotation{runner, log, {own, shared, certificate, *tls, ""}, [this](const keys::SharedKeys& keys) {
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
