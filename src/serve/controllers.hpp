#pragma once

#include <functional>
#include <string>

#include "controllers/clock_watcher.hpp"
#include "controllers/discovery.hpp"
#include "controllers/freshness.hpp"
#include "controllers/key_rotation.hpp"
#include "controllers/log_files.hpp"
#include "controllers/new_start.hpp"
#include "controllers/peer_watcher.hpp"
#include "controllers/policy_status.hpp"
#include "controllers/protection.hpp"
#include "controllers/runner.hpp"
#include "controllers/snapshot_loop.hpp"
#include "controllers/volume_watcher.hpp"
#include "controllers/webhook_injector.hpp"
#include "endpoints/agents_seen.hpp"
#include "serve/config.hpp"

namespace sallyport::serve {

// What the controllers of a replica work on. All of it outlives them.
struct Workplace {
  const Config& config;
  controllers::Runner& runner;
  journal::Opened& log;
  kube::Api& api;
  kube::Readiness& readiness;
  controllers::KeyRotation::Parts keys;
  engine::Engine& engine;
  cache::Caches& caches;
  std::shared_ptr<engine::Alarm> policies_changed;
  const endpoints::AgentsSeen& agents_seen;
  std::function<std::string()> why_not_ready;
  controllers::NewStartWatcher::Parts new_start;
};

// The controllers of a replica: one type a loop. Engine's thread.
class Controllers {
 public:
  explicit Controllers(Workplace work);

  // All but the proof of freshness, which begins before anything else is done.
  void spawn();
  void stop() { log_files.stop(); }
  void publish_guard(std::shared_ptr<const policy::OwnVolumes> volumes);

 private:
  void publish_path(const keys::SharedKeys& keys);
  [[nodiscard]] kube::LeaseNotes lease_notes() const;

  Workplace work_;
  Instant since_;

 public:
  controllers::Protection protection;
  controllers::FreshnessProof freshness;
  controllers::KeyRotation keys;
  controllers::WebhookInjector injector;
  controllers::PeerWatcher peers;
  controllers::VolumeWatcher volumes;
  controllers::SnapshotLoop snapshots;
  controllers::Discovery discovery;
  controllers::PolicyStatusController policy_status;
  controllers::ClockWatcher clock;
  controllers::LogFilesController log_files;
  controllers::NewStartWatcher new_start;
};

}  // namespace sallyport::serve
