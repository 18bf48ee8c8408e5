#include "engine/recovery.hpp"

#include <gtest/gtest.h>

#include "seams/world.hpp"

namespace sallyport::engine {
namespace {

using model::Verdict;
using seams::MemoryCluster;
using seams::World;

// The open intent that a replica has left which died at this point of a use, as its log would give it back.
json::Value left_open(World& world) {
  const auto& records = world.journal.records;
  for (std::size_t i = records.size(); i-- > 0;) {
    if (records[i].event != "intent") continue;
    auto line = records[i].fields;
    line.set("stream", "memory").set("seq", std::uint64_t{i + 1});
    return line;
  }
  return {};
}

std::string recover(World& world, const json::Value& intent) {
  boost::asio::co_spawn(world.io, close_open_intents(world.cluster, world.journal, {intent}), boost::asio::detached);
  world.clock.settle();
  return std::string(world.journal.records.back().fields["came_of_it"].text());
}

struct Used : World {
  explicit Used(MemoryCluster::Fault fault) {
    auto action = image_change();
    action.ask.terms.while_pending = model::WhilePending::reject;
    admit(action);
    key = only_request();
    review(key, "alice", Verdict::approve);
    // Dies while it settles: neither the write's nor the fence's outcome is known to it.
    cluster.faults = {fault, MemoryCluster::Fault::lost_never_lands};
    admit(action);
    intent = left_open(*this);
  }
  model::RequestKey key;
  json::Value intent;
};

TEST(Recovery, AUseThatLandedIsFoundInTheStatus) {
  Used world(MemoryCluster::Fault::lost_landed);
  EXPECT_EQ(recover(world, world.intent), "done");
}

TEST(Recovery, AUseThatNeverLandedIsFencedOff) {
  Used world(MemoryCluster::Fault::lost_lands_later);
  EXPECT_EQ(recover(world, world.intent), "failed");
  world.cluster.land_later_now();
  EXPECT_TRUE(world.cluster.at(world.key).status.uses.empty());
}

TEST(Recovery, AnIntentOfADeletedRequestIsLost) {
  Used world(MemoryCluster::Fault::lost_never_lands);
  world.cluster.remove(world.key);
  EXPECT_EQ(recover(world, world.intent), "lost");
}

}  // namespace
}  // namespace sallyport::engine
