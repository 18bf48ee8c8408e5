#include "controllers/peer_watcher.hpp"

#include <gmock/gmock.h>

#include "api_fixture.hpp"

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

const std::string kLeases = "/apis/coordination.k8s.io/v1/namespaces/sallyport-system/leases";

struct PeerWatcherTest : ApiFixture {
  PeerWatcherTest() {
    give("PATCH " + kLeases + "/replica-sallyport-0", "{}");
    give("DELETE " + kLeases + "/replica-sallyport-1", "{}");
    give("GET " + kLeases, R"({"items":[
      {"metadata":{"uid":"l0","resourceVersion":"1"},"spec":{"holderIdentity":"sallyport-0","renewTime":"a"}},
      {"metadata":{"uid":"l1","resourceVersion":"2"},"spec":{"holderIdentity":"sallyport-1","renewTime":"a"}}]})");
    give("GET /api/v1/namespaces/sallyport-system/pods/sallyport-1", R"({"metadata":{"uid":"pod-1"}})");
  }
  void look_again() {
    const auto before = calls("GET " + kLeases);
    clock.advance(Peers::kLookEvery);
    ASSERT_TRUE(until([&] { return calls("GET " + kLeases) == before + 1 && calls("GET /api/v1/") >= before + 1; }));
    clock.settle();
  }

  std::vector<std::string> gone;
  std::vector<std::size_t> others;  // whose forms were told, at each look
  PeerWatcher watcher{
      runner,
      *api,
      "sallyport-system",
      "sallyport-0",
      [] { return kube::LeaseNotes{.keys_missing = "log.key", .since = "then", .agents_seen = {}, .forms = {}}; },
      [this](const auto& forms) { others.push_back(forms.size()); },
      [this](const std::string& replica) { gone.push_back(replica); }};
};

TEST_F(PeerWatcherTest, RenewsItsOwnLeaseWithWhatItTells) {
  runner.spawn("peers", watcher.run());
  ASSERT_TRUE(until([&] { return calls("PATCH ") == 1; }));
  EXPECT_NE(server.calls()[0].body.find("log.key"), std::string::npos);
}

TEST_F(PeerWatcherTest, OneWhosePodIsAnotherIsGoneAndItsLeaseIsRemoved) {
  runner.spawn("peers", watcher.run());
  ASSERT_TRUE(until([&] { return calls("GET /api/v1/") == 1; }));
  look_again();
  EXPECT_TRUE(gone.empty());
  EXPECT_THAT(others, ElementsAre(1, 1)) << "its own Lease is not another's";
  give("GET /api/v1/namespaces/sallyport-system/pods/sallyport-1", R"({"metadata":{"uid":"pod-2"}})");
  look_again();
  ASSERT_TRUE(until([&] { return calls("DELETE ") == 1; }));
  EXPECT_THAT(gone, ElementsAre("sallyport-1"));
}

TEST_F(PeerWatcherTest, WhoCannotLookTakesNobodyForGone) {
  runner.spawn("peers", watcher.run());
  ASSERT_TRUE(until([&] { return calls("GET /api/v1/") == 1; }));
  fail_with("GET " + kLeases, 403);
  for (int i = 0; i < 10; ++i) {
    const auto before = calls("GET " + kLeases);
    clock.advance(Peers::kLookEvery);
    ASSERT_TRUE(until([&] { return calls("GET " + kLeases) == before + 1; }));
  }
  EXPECT_TRUE(gone.empty());
}

}  // namespace
}  // namespace sallyport::controllers
