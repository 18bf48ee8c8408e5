#include "controllers/volume_watcher.hpp"

#include "api_fixture.hpp"

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;

struct VolumeWatcherTest : ApiFixture {
  std::vector<std::shared_ptr<const policy::OwnVolumes>> seen;
  VolumeWatcher watcher{runner, *api, "sallyport-system", [this](auto volumes) { seen.push_back(std::move(volumes)); }};
  const std::string claims = "GET /api/v1/namespaces/sallyport-system/persistentvolumeclaims";
};

TEST_F(VolumeWatcherTest, IsToldOfTheVolumesOnceAndAgainWhenTheyAreOthers) {
  give(claims, R"({"items":[{"spec":{"volumeName":"pv-1"}}]})");
  give("GET /api/v1/persistentvolumes/pv-1", R"({"metadata":{"name":"pv-1"},"spec":{"hostPath":{"path":"/a"}}})");
  runner.spawn("volumes", watcher.run());
  ASSERT_TRUE(until([&] { return seen.size() == 1; }));
  clock.advance(15s);
  ASSERT_TRUE(until([&] { return calls(claims) == 2 && calls("GET /api/v1/persistentvolumes/pv-1") == 2; }));
  EXPECT_EQ(seen.size(), 1u) << "they are the same";
  give("GET /api/v1/persistentvolumes/pv-1", R"({"metadata":{"name":"pv-1"},"spec":{"hostPath":{"path":"/b"}}})");
  clock.advance(15s);
  ASSERT_TRUE(until([&] { return seen.size() == 2; }));
}

// The guard holds every volume for one of ours until this has succeeded once.
TEST_F(VolumeWatcherTest, TellsNothingWhileTheyCannotBeRead) {
  fail_with(claims, 403);
  runner.spawn("volumes", watcher.run());
  ASSERT_TRUE(until([&] { return calls(claims) == 1; }));
  clock.advance(15s);
  ASSERT_TRUE(until([&] { return calls(claims) == 2; }));
  EXPECT_TRUE(seen.empty());
}

}  // namespace
}  // namespace sallyport::controllers
