#pragma once

#include <string>

#include "cache/caches.hpp"
#include "controllers/runner.hpp"
#include "kube/api.hpp"

namespace sallyport::controllers {

// Writes into the status of policies whether they are in force and whether the gate is protected. What could not be
// written is tried again, the more rarely the longer it fails. Engine's thread.
class PolicyStatusController {
 public:
  PolicyStatusController(Runner& runner, kube::Api& api, cache::Caches& caches)
      : runner_(runner), api_(api), caches_(caches) {}

  boost::asio::awaitable<void> run();

 private:
  // False: the API server cannot be reached. What was not written is kept for the next time.
  boost::asio::awaitable<bool> write_all(cache::PolicyObserver& kind);
  boost::asio::awaitable<bool> write_status(cache::PolicyObserver& kind, const std::string& id);

  Runner& runner_;
  kube::Api& api_;
  cache::Caches& caches_;
};

}  // namespace sallyport::controllers
