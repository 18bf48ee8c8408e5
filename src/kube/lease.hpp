#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "kube/api.hpp"
#include "model/forms.hpp"

namespace sallyport::kube {

// What a replica tells in its Lease, for whoever asks how the installation is.
struct LeaseNotes {
  std::string keys_missing;  // "": none
  std::string since;         // the moment that it has been running since
  // When each agent's last call came to it; "": never.
  std::vector<std::pair<std::string, std::string>> agents_seen;
  model::Forms forms;  // of seals and digests that it reads
  // What follows, older replicas do not tell.
  std::string version;                         // of the program
  std::string not_ready;                       // why nobody may be sent to it; "": they may
  std::string certificate_ends;                // that of the webhooks' port
  std::optional<unsigned> log_volume_used_pc;  // how full the log's volume is, in percent
};

// A replica's sign of life (coordination.k8s.io/v1 Lease), which it renews.
struct Lease {
  std::string replica;
  std::string renewed;  // as its replica wrote it: only that it changes counts, whatever its clock says
  std::string uid;
  std::string resource_version;
  std::string written;  // when, by the clock of the API server
  LeaseNotes notes;
};

// The Api's thread.
[[nodiscard]] Awaitable<void> renew_lease(Api& api, std::string namespace_name, std::string replica, Instant now,
                                          LeaseNotes notes);
[[nodiscard]] Awaitable<std::vector<Lease>> list_leases(Api& api, std::string namespace_name);
// Only if it is still this one; without a version, whatever it is.
[[nodiscard]] Awaitable<void> remove_lease(Api& api, std::string namespace_name, Lease lease);

}  // namespace sallyport::kube
