#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "base/instant.hpp"
#include "model/forms.hpp"
#include "model/identity.hpp"

namespace sallyport::engine {

// How long ended requests are kept.
struct HistoryLimits {
  Duration retain = std::chrono::hours(720);  // since it ended; zero: for ever
  std::size_t per_namespace = 1000;           // those that ended last; zero: all
  // Bounds on the bytes of all requests, as RequestStore estimates them. Ended requests take at most three quarters of
  // a bound: those that ended first are removed. At the bound, no new request is opened.
  std::size_t bytes_per_namespace = std::size_t{64} << 20;
  std::size_t bytes_in_all = std::size_t{512} << 20;

  [[nodiscard]] bool keeps_all() const { return retain == Duration{} && per_namespace == 0; }
};

// What the engine is told once at its start. Times that the design fixes are constants here and no settings.
struct Settings {
  std::vector<model::Agent> agents;
  std::string own_namespace;  // where requests for cluster-scoped targets live
  std::string cluster_id;     // uid of the namespace kube-system
  std::string replica;        // this replica's name, for records
  bool callers_proven =
      false;  // by a client certificate: what a caller of the webhooks says was said to the API server
  std::size_t holds_per_agent = 16;
  std::size_t holds_in_all = 64;
  std::size_t open_per_agent = 50;
  std::size_t open_per_namespace = 500;
  std::uint64_t log_bytes_per_agent_a_day = std::uint64_t{256} << 20;
  Duration cooldown = std::chrono::minutes(10);  // after a Deny, the same action is refused without a new request
  HistoryLimits history;
  model::FormRange seal_forms = model::kSealForms;
  model::FormRange digest_forms = model::kDigestForms;
};

inline constexpr std::size_t kAsksAfterDenial = 2;  // other asks about its object that people see during the cooldown
inline constexpr std::size_t kTriesInARow = 5;      // requests of a command that asks something else at each try
inline constexpr Duration kTriesWithin = std::chrono::hours(1);         // further back they are no row any more
inline constexpr Duration kTriedAgainWithin = std::chrono::minutes(1);  // of its call's end, a request gives way
// A call that begins this soon after the one before, of one agent and with one digest, is that command sent again.
inline constexpr Duration kSameCommandWithin = std::chrono::seconds(10);
inline constexpr Duration kAnswerMargin = std::chrono::seconds(2);  // a hold ends this long before the call's time-out
inline constexpr Duration kUseMargin = std::chrono::seconds(3);     // a use begins only with this much of the call left
inline constexpr Duration kReentryWindow = std::chrono::seconds(34);  // the API server's own bound for one write
inline constexpr Duration kOthersDecideAfter = std::chrono::seconds(2);
inline constexpr Duration kSweepEvery = std::chrono::seconds(1);

}  // namespace sallyport::engine
