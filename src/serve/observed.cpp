// What a replica says of itself: liveness, readiness, metrics.
#include "serve/replica.hpp"

namespace sallyport::serve {

std::optional<std::string> Replica::why_start_anew() const {
  if (const auto& dead = runner_.why_dead()) return dead;
  if (const auto& replaced = keys_.own.why_start_anew()) return replaced;
  return log_.journal->why_failed();
}

std::vector<endpoints::Check> Replica::checks() const {
  std::vector<endpoints::Check> checks;
  checks.push_back({"running", phase_ == Phase::leaving   ? "it is stopping"
                               : phase_ == Phase::serving ? ""
                                                          : "it is starting"});
  checks.push_back({"log", log_.journal->why_failed().value_or("")});
  checks.push_back({"keys", keys_.own.why_start_anew().value_or("")});
  checks.push_back({"loops", runner_.why_dead().value_or("")});
  checks.push_back({"cluster", connection_.cluster->why_not_ready().value_or("")});
  checks.push_back({"webhook configurations",
                    controllers_->injector.is_injected() ? "" : "they do not call by the path and CA in force yet"});
  checks.push_back({"protection", controllers_->protection.why_unprotected(), true});
  return checks;
}

std::string Replica::why_not_ready() const {
  for (const auto& check : checks()) {
    if (!check.is_warning && !check.why_not.empty()) return check.name;
  }
  return "";
}

std::string Replica::metrics_text() const {
  endpoints::Gauges gauges;
  gauges.version = config_.version;
  gauges.holds = engine_->holding();
  gauges.pending = engine_->store().count(model::State::pending);
  gauges.approved = engine_->store().count(model::State::approved);
  gauges.policies = caches_->publisher.policies();
  const auto log = log_.journal->counters();
  gauges.log = {log.records, log.syncs, log.errors, log.rotations, log.volume_bytes, log.volume_free};
  gauges.seconds_since_confirmed =
      std::chrono::duration<double>(caches_->publisher.freshness().age(clock_->steady())).count();
  if (const auto end = keys::expiry_of(keys_.certificate.chain_pem())) {
    gauges.certificate_ends = std::chrono::duration<double>(end->time_since_epoch()).count();
  }
  const auto all = checks();
  gauges.requests_removed = engine_->history().removed();
  gauges.removals_failed = engine_->history().failed();
  gauges.stores_restored = engine_->restoration().count();
  gauges.is_revoking = engine_->restoration().under_way();
  gauges.is_unprotected = !controllers_->protection.why_unprotected().empty();
  gauges.lacks_keys = !controllers_->protection.keys_missing().empty();
  gauges.drifted = controllers_->protection.drifted();
  for (const auto& [agent, at] : admission_.agents_seen.all()) {
    gauges.agents_seen.emplace_back(agent, at ? std::chrono::duration<double>(at->time_since_epoch()).count() : 0);
  }
  gauges.forged_decisions = engine_->forged_decisions();
  gauges.unknown_requests = engine_->unknown_requests();
  gauges.api_forbidden = connection_.api->forbidden();
  gauges.events_lost = connection_.events->lost();
  gauges.ready = endpoints::is_ready(all);
  gauges.caller_by_certificate = !config_.webhook.client_ca_file.empty();
  gauges.sinks = sinks_->statuses();
  return endpoints::write_metrics(
      admission_.metrics, gauges,
      {engine_->holds_took(), engine_->decisions_took(), connection_.api->took(), log_.journal->syncs_took()},
      ports_->net_counters());
}

}  // namespace sallyport::serve
