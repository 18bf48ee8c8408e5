#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/caches.hpp"
#include "controllers/runner.hpp"
#include "engine/seams.hpp"
#include "kube/api.hpp"
#include "kube/protection.hpp"
#include "kube/readiness.hpp"
#include "kube/shipped.hpp"
#include "model/identity.hpp"

namespace sallyport::controllers {

// Whether what stops agents still stands: the gate, its policies and webhook configurations as they were installed, the
// rights of agents, the keys. Whenever the answer is another, it is told to the log, to the conditions of policies and
// to the operating log. Engine's thread; what it is given outlives it.
class Protection {
 public:
  Protection(Runner& runner, kube::Api& api, engine::Journal& journal, kube::Readiness& readiness,
             cache::Caches& caches, const std::vector<model::Agent>& agents, kube::ShippedGate gate,
             kube::GateParts parts)
      : runner_(runner),
        api_(api),
        journal_(journal),
        readiness_(readiness),
        caches_(caches),
        gate_(std::move(gate)),
        rights_(api, agents, std::move(parts)) {}

  // The loop: asks about the rights of agents, a share of the questions at a time.
  boost::asio::awaitable<void> run();
  // Compares what stops agents with what was installed. Part of what must have been proven lately for anything to be
  // decided, so it is called by whoever proves that.
  boost::asio::awaitable<void> look_for_drift();
  // Which keys a replica that starts now would lack; "": none.
  void set_keys_missing(std::string missing);

  // Until then nothing of it is told.
  [[nodiscard]] bool rights_are_known() const { return rights_known_; }
  // Why agents can bypass the gate, or may soon; "": they cannot.
  [[nodiscard]] std::string why_unprotected() const;
  [[nodiscard]] const std::string& keys_missing() const { return keys_missing_; }
  // Each part of what stops agents, by role: true if it is gone or not as installed.
  [[nodiscard]] std::vector<std::pair<std::string_view, bool>> drifted() const;

 private:
  void tell();

  Runner& runner_;
  kube::Api& api_;
  engine::Journal& journal_;
  kube::Readiness& readiness_;
  cache::Caches& caches_;
  kube::ShippedGate gate_;
  kube::RightsRounds rights_;
  std::map<std::string_view, kube::Drift> drifted_;  // by role
  std::optional<std::string> rights_around_;         // a right of an agent that leads around the gate
  bool rights_known_ = false;
  std::string keys_missing_;
  std::optional<std::string> told_;  // nothing was told yet, or why ("": it is protected)
};

}  // namespace sallyport::controllers
