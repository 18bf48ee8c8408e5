#include "controllers/freshness.hpp"

#include "api_fixture.hpp"
#include "seams/world.hpp"

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;

struct FreshnessTest : ApiFixture {
  FreshnessTest() {
    const std::string ours = "GET /apis/sallyport.dev/v1alpha1/";
    for (const auto& list : {ours + "approvalpolicies", ours + "clusterapprovalpolicies", ours + "approvalrequests",
                             std::string("GET /api/v1/namespaces")}) {
      answers[list] = [](const Call& call) {
        if (call.has("watch=true")) return Answer{.kind = Answer::Kind::stream, .body = {}, .headers = {}};
        return ok(parsed(R"({"kind":"ThingList","metadata":{"resourceVersion":"7"},"items":[]})"));
      };
    }
    for (auto& informer : caches.informers) runner.spawn("informer", informer.run());
  }
  void TearDown() override {
    for (auto& informer : caches.informers) informer.stop();
    ApiFixture::TearDown();
  }
  void confirm_once() {
    bool done = false;
    boost::asio::co_spawn(io, proof.confirm_once(), [&](const std::exception_ptr&) { done = true; });
    ASSERT_TRUE(until([&] { return done; }));
  }
  [[nodiscard]] const admission::Freshness& freshness() const { return caches.publisher.freshness(); }
  // The first lists are under way at first.
  void confirm() {
    for (int tries = 0; tries < 100 && !freshness().holds(now()); ++tries) confirm_once();
    ASSERT_TRUE(freshness().holds(now()));
  }
  [[nodiscard]] Duration now() const { return clock.steady(); }

  seams::World world;
  std::vector<model::Agent> agents;
  kube::Readiness readiness{{cache::kCaches, cache::kAdmissionPolicy}};
  cache::Caches caches{
      io.get_executor(),
      kube::Worker(),
      *api,
      [] {},
      [](auto) {},
      cache::RequestObserver([](auto) {}, [](const auto&, const auto&) {}, [](auto) {}, [](const auto&) {}),
      effects::shipped_table()};
  Protection protection{runner, *api, journal, readiness, caches, agents, {}, {}};
  FreshnessProof proof{runner, caches, *world.engine, readiness, protection};
};

TEST_F(FreshnessTest, HoldsOnceEveryCacheIsConfirmed) {
  EXPECT_FALSE(freshness().holds(now()));
  confirm();
  EXPECT_FALSE(freshness().holds(now() + 16s)) << "it is proven for 15 s";
}

TEST_F(FreshnessTest, IsNotRenewedWhileOneCacheCannotBeRead) {
  confirm();
  fail_with("GET /apis/sallyport.dev/v1alpha1/clusterapprovalpolicies", 403);
  const auto before = freshness().confirmed;
  clock.advance(1s);
  confirm_once();
  EXPECT_EQ(freshness().confirmed, before);
  give("GET /apis/sallyport.dev/v1alpha1/clusterapprovalpolicies",
       R"({"kind":"ThingList","metadata":{"resourceVersion":"7"},"items":[]})");
  confirm_once();
  EXPECT_EQ(freshness().confirmed, before + 1s);
}

TEST_F(FreshnessTest, IsProvenAgainEveryFewSeconds) {
  confirm();
  const auto before = freshness().age(Duration{});
  runner.spawn("freshness", proof.run());
  clock.settle();
  EXPECT_EQ(freshness().age(Duration{}), before);
  clock.advance(4s);
  ASSERT_TRUE(until([&] { return freshness().age(Duration{}) != before; }));
}

}  // namespace
}  // namespace sallyport::controllers
