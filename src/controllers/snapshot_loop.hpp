#pragma once

#include <memory>

#include "cache/snapshot_publisher.hpp"
#include "controllers/runner.hpp"

namespace sallyport::controllers {

// Publishes a new snapshot when `changed` rings. What took long to make is made the more rarely, so that a crowd of
// changes leaves the engine's thread its time. (How long a change may stay unknown is bounded by FreshnessProof.)
class SnapshotLoop {
 public:
  SnapshotLoop(Runner& runner, cache::SnapshotPublisher& publisher, std::shared_ptr<engine::Alarm> changed)
      : runner_(runner), publisher_(publisher), changed_(std::move(changed)) {}

  boost::asio::awaitable<void> run();

 private:
  Runner& runner_;
  cache::SnapshotPublisher& publisher_;
  std::shared_ptr<engine::Alarm> changed_;
};

}  // namespace sallyport::controllers
