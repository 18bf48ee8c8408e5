#pragma once

#include "cache/caches.hpp"
#include "controllers/protection.hpp"
#include "controllers/runner.hpp"
#include "engine/engine.hpp"
#include "kube/readiness.hpp"

namespace sallyport::controllers {

// Proves every few seconds, by quorum reads, that the caches lack nothing and that what stops agents stands: without
// that nothing is decided, and nothing is let through as unmatched. Engine's thread; what it is given outlives it.
class FreshnessProof {
 public:
  FreshnessProof(Runner& runner, cache::Caches& caches, engine::Engine& engine, kube::Readiness& readiness,
                 Protection& protection)
      : runner_(runner), caches_(caches), engine_(engine), readiness_(readiness), protection_(protection) {}

  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> confirm_once();
  // The loop for requests. They are many, and none counts before it was read anew: what their watch may have missed can
  // wait, but not that the store was put back, nor what puts an end to that.
  boost::asio::awaitable<void> run_requests();

 private:
  boost::asio::awaitable<void> confirm_requests();

  Runner& runner_;
  cache::Caches& caches_;
  engine::Engine& engine_;
  kube::Readiness& readiness_;
  Protection& protection_;
};

}  // namespace sallyport::controllers
