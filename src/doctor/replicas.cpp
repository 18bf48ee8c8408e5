// What the replicas tell of themselves.
#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "doctor/installation.hpp"
#include "keys/own_keys.hpp"

namespace sallyport::doctor {
namespace {

constexpr Duration kLeaseIsOld = std::chrono::seconds(20);
constexpr Duration kClockIsOff = std::chrono::seconds(5);
constexpr Duration kEndsSoon = std::chrono::hours(24 * 7);
constexpr unsigned kAlmostFull = 90;  // percent

using Leases = std::vector<kube::Lease>;

std::string seconds_words(Duration span) {
  return std::to_string(std::chrono::round<std::chrono::seconds>(std::chrono::abs(span)).count()) + " s";
}

std::string list_leases_command(const serve::Config& config) {
  return "kubectl -n " + config.namespace_name + " get pods,leases -o wide";
}

void check_running(const Leases& replicas, const Installation& installation, std::optional<Instant> now,
                   Report& report) {
  const std::string check = "replicas run, and are ready";
  const auto& config = installation.config;
  if (replicas.empty()) {
    report.add({check, Mark::fault, "no replica runs, so every write of an agent is refused", "See why none starts",
                "kubectl -n " + config.namespace_name + " describe statefulset,pods"});
  }
  for (const auto& replica : replicas) {
    const auto written = parse_instant(replica.written);
    if (now && written && *now - *written > kLeaseIsOld) {
      report.add({check, Mark::fault,
                  "replica " + replica.replica + " has given no sign of life for " + seconds_words(*now - *written),
                  "It is gone or hangs: see its pod and its output", list_leases_command(config)});
    } else if (!replica.notes.not_ready.empty()) {
      report.add({check, Mark::fault,
                  "replica " + replica.replica + " is not ready: its check \"" + replica.notes.not_ready + "\" fails",
                  "See its output, which says what to do", logs_command(config, replica.replica)});
    }
  }
  report.close(check);
}

void check_disks(const Leases& replicas, const Installation& installation, Report& report) {
  const std::string check = "the logs' volumes have room";
  for (const auto& replica : replicas) {
    const auto used = replica.notes.log_volume_used_pc;
    if (!used || *used < kAlmostFull) continue;
    report.add({check, *used >= 99 ? Mark::fault : Mark::warning,
                "the log's volume of replica " + replica.replica + " is " + std::to_string(*used) +
                    " % full; where a log cannot be written, nothing is allowed",
                "Make the volume larger, or let closed files go sooner (log.keep, log.compress)",
                "kubectl -n " + installation.config.namespace_name + " get persistentvolumeclaims"});
  }
  report.close(check);
}

// A replica writes the time into its Lease, and the API server beside it when that was, in whole seconds.
void check_clocks(const kube::Api& api, const Leases& replicas, const Installation& installation, Report& report) {
  const std::string check = "clocks agree";
  for (const auto& replica : replicas) {
    const auto renewed = parse_instant(replica.renewed), written = parse_instant(replica.written);
    if (!renewed || !written) continue;
    const auto ahead = *renewed - *written;
    if (std::chrono::abs(ahead) <= kClockIsOff) continue;
    report.add(
        {check, Mark::fault,
         "the clock of replica " + replica.replica + " is " + seconds_words(ahead) +
             (ahead > Duration{0} ? " ahead of" : " behind") + " the API server's, so approvals end at the wrong time",
         "Set the clock of its node by NTP", "kubectl -n " + installation.config.namespace_name + " get pods -o wide"});
  }
  if (const auto offset = api.clock_offset(); offset && std::chrono::abs(*offset) > kClockIsOff) {
    report.add({check, Mark::warning,
                "the clock of this machine is " + seconds_words(*offset) + " from the API server's",
                "Set this machine's clock", "timedatectl"});
  }
  report.close(check);
}

void check_certificates(const Leases& replicas, const Installation& installation, Instant now, Report& report) {
  const std::string check = "the webhooks' certificates hold";
  for (const auto& replica : replicas) {
    const auto ends = parse_instant(replica.notes.certificate_ends);
    if (!ends || *ends > now + kEndsSoon) continue;
    report.add({check, *ends < now ? Mark::fault : Mark::warning,
                "the certificate of replica " + replica.replica + (*ends < now ? " has ended" : " ends") + " at " +
                    format_instant(*ends),
                "Renew the one in webhook.certificateSecret; see why a replica does not renew its own",
                logs_command(installation.config, replica.replica)});
  }
  report.close(check);
}

std::string rollout_command(const serve::Config& config) {
  return "kubectl -n " + config.namespace_name + " rollout status statefulset/" + config.service_account;
}

// Seals are made in the form that all read, and a version that differs for long is an upgrade that did not end.
void check_versions(const Leases& replicas, const Installation& installation, Report& report) {
  const std::string check = "all replicas are of one version";
  std::set<std::string> versions;
  for (const auto& replica : replicas) {
    versions.insert(replica.notes.version);
    if (replica.notes.forms == model::kNewestForms) continue;
    report.add({check, Mark::warning,
                "replica " + replica.replica + " reads other forms of seals and digests (" +
                    to_string(replica.notes.forms) + ") than this program (" + to_string(model::kNewestForms) + ")",
                "Finish the upgrade, or take this program in the version of the replicas",
                rollout_command(installation.config)});
  }
  if (versions.size() > 1) {
    std::string all;
    for (const auto& version : versions) all += (all.empty() ? "" : ", ") + (version.empty() ? "older" : version);
    report.add({check, Mark::warning, "replicas of several versions run: " + all, "Finish the upgrade",
                rollout_command(installation.config)});
  } else if (versions.size() == 1 && *versions.begin() != installation.version) {
    const auto other = versions.begin()->empty() ? "an older version" : *versions.begin();
    report.add({check, Mark::warning, "the replicas are of " + other + ", this program is " + installation.version,
                "Take the same version", "kubectl sallyport version"});
  }
  report.close(check);
}

// What a key is and where it stands, replicas alone know.
void check_keys(const Leases& replicas, const Installation& installation, Report& report) {
  const std::string check = "no key is missing";
  for (const auto& replica : replicas) {
    if (replica.notes.keys_missing.empty()) continue;
    report.add({check, Mark::fault, keys::kKeyMissing + replica.notes.keys_missing, "Put the keys' backup back",
                "kubectl sallyport keys restore --namespace " + installation.config.namespace_name + " --from FILE"});
    break;  // they share them
  }
  report.close(check);
}

std::string identities_of(const model::Agent& agent) {
  std::string text;
  const auto add = [&text](std::string_view kind, const std::vector<std::string>& names) {
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + std::string(kind) + " " + name;
  };
  add("user", agent.users);
  add("group", agent.groups);
  add("service account", agent.service_accounts);
  add("namespace", agent.namespaces);
  return text;
}

// Whose calls have come to no replica: it may rest, or be named otherwise than it calls.
void check_seen(const Leases& replicas, const Installation& installation, Report& report) {
  const std::string check = "every agent has been seen";
  std::set<std::string_view> seen;
  std::string since;
  for (const auto& replica : replicas) {
    if (replica.notes.since.empty()) return;  // one of an older version: it does not tell
    if (since.empty() || replica.notes.since < since) since = replica.notes.since;
    for (const auto& [agent, at] : replica.notes.agents_seen) {
      if (!at.empty()) seen.insert(agent);
    }
  }
  for (const auto& agent : installation.config.agents) {
    if (replicas.empty() || seen.contains(agent.name)) continue;
    report.add({check, Mark::warning,
                "agent " + agent.name + " (" + identities_of(agent) + ") has made no call since " + since,
                "If it has acted since then, it is not named as it calls, and its calls pass without being asked. As "
                "the agent, see who it is, and compare",
                "kubectl auth whoami"});
  }
  report.close(check);
}

void check_callers(const Installation& installation, Report& report) {
  const std::string check = "callers prove that they are the API server";
  if (installation.config.webhook.client_ca_file.empty()) {
    report.add({check, Mark::warning,
                "caller not proven: only the unguessable path tells the API server's calls from others', and the log "
                "marks what such a caller alone has said (docs/audit.md)",
                "Give the API server a client certificate, and set webhook.clientCAConfigMap and webhook.clientNames",
                "helm show values charts/sallyport | grep -n -B6 clientCAConfigMap"});
  }
  report.close(check);
}

}  // namespace

void check_replicas(const kube::Api& api, const Installation& installation, Report& report) {
  if (!installation.replicas) {
    return add_unknown(report, "replicas run, and are ready",
                       installation.replicas.error().while_doing("reading what replicas tell in their Leases"));
  }
  const auto& replicas = *installation.replicas;
  const auto offset = api.clock_offset();
  check_running(replicas, installation, offset ? std::optional(api.clock().now() + *offset) : std::nullopt, report);
  check_disks(replicas, installation, report);
  check_clocks(api, replicas, installation, report);
  check_certificates(replicas, installation, api.clock().now(), report);
  check_versions(replicas, installation, report);
  check_keys(replicas, installation, report);
}

void check_calls(const Installation& installation, Report& report) {
  if (installation.replicas) check_seen(*installation.replicas, installation, report);
  check_callers(installation, report);
}

}  // namespace sallyport::doctor
