#include "serve/controllers.hpp"

#include <utility>

namespace sallyport::serve {

Controllers::Controllers(Workplace work)
    : work_(std::move(work)),
      since_(work_.runner.clock().now()),
      protection(work_.runner, work_.api, *work_.log.journal, work_.readiness, work_.caches, work_.config.agents,
                 shipped_gate(work_.config), gate_parts(work_.config)),
      freshness(work_.runner, work_.caches, work_.engine, work_.readiness, protection),
      keys(work_.runner, *work_.log.journal, work_.keys, [this](const auto& shared) { publish_path(shared); }),
      injector(work_.runner, work_.api, keys, {work_.config.webhook.gate, work_.config.webhook.requests},
               [this](std::string missing) { protection.set_keys_missing(std::move(missing)); }),
      peers(
          work_.runner, work_.api, work_.config.namespace_name, work_.config.name, [this] { return lease_notes(); },
          [this](const auto& forms) { work_.engine.others_read(forms); },
          [this](const std::string& replica) { keys.need_new_path("replica " + replica + " is gone"); }),
      volumes(work_.runner, work_.api, work_.config.namespace_name,
              [this](auto own_volumes) { publish_guard(std::move(own_volumes)); }),
      snapshots(work_.runner, work_.caches.publisher, work_.policies_changed),
      discovery(work_.runner, work_.api, work_.caches),
      policy_status(work_.runner, work_.api, work_.caches),
      clock(work_.runner, *work_.log.journal),
      log_files(work_.runner, *work_.log.journal,
                {work_.config.log_dir, work_.config.log_keep, work_.config.log_compress}, work_.log.retired_up_to),
      new_start(work_.runner, work_.new_start) {}

void Controllers::spawn() {
  auto& runner = work_.runner;
  runner.spawn("webhook-injection", injector.run());
  runner.spawn("peers", peers.run());
  runner.spawn("protection", protection.run());
  runner.spawn("volumes", volumes.run());
  runner.spawn("snapshots", snapshots.run());
  runner.spawn("discovery", discovery.run());
  runner.spawn("policy-status", policy_status.run());
  runner.spawn("clock", clock.run());
  runner.spawn("log-files", log_files.run());
  runner.spawn("new-start", new_start.run());
}

void Controllers::publish_path(const keys::SharedKeys& shared) {
  const auto& now = work_.runner.clock();
  work_.caches.publisher.set_path({shared.path, shared.previous_path,
                                   now.steady() + (shared.path_since + ::sallyport::keys::kOldPathLives - now.now())});
}

void Controllers::publish_guard(std::shared_ptr<const policy::OwnVolumes> own_volumes) {
  const auto& config = work_.config;
  const policy::GuardSettings settings{config.namespace_name, config.service_account, config.agents};
  work_.caches.publisher.set_guard(std::make_shared<const policy::Guard>(settings, std::move(own_volumes)));
}

kube::LeaseNotes Controllers::lease_notes() const {
  kube::LeaseNotes notes{.keys_missing = protection.keys_missing(),
                         .since = format_instant(since_),
                         .forms = model::kNewestForms,
                         .version = work_.config.version,
                         .not_ready = work_.why_not_ready()};
  const auto ends = ::sallyport::keys::expiry_of(work_.keys.certificate.chain_pem());
  if (ends) notes.certificate_ends = format_instant(*ends);
  const auto log = work_.log.journal->counters();
  if (log.volume_bytes > 0) notes.log_volume_used_pc = 100 - log.volume_free * 100 / log.volume_bytes;
  for (const auto& [agent, at] : work_.agents_seen.all())
    notes.agents_seen.emplace_back(agent, at ? format_instant(*at) : "");
  return notes;
}

}  // namespace sallyport::serve
