#pragma once

#include <functional>
#include <string>

#include "controllers/peers.hpp"
#include "controllers/runner.hpp"
#include "kube/api.hpp"
#include "kube/lease.hpp"

namespace sallyport::controllers {

// Renews this replica's Lease, with what it tells there, and watches those of the others: whoever's call was on its way
// to a replica that has gone was told the path by the API server's error, so a new one is needed. Engine's thread; what
// it is given outlives it.
class PeerWatcher {
 public:
  using Notes = std::function<kube::LeaseNotes()>;
  using Gone = std::function<void(const std::string& replica)>;

  PeerWatcher(Runner& runner, kube::Api& api, std::string namespace_name, std::string replica, Notes notes, Gone gone)
      : runner_(runner),
        api_(api),
        namespace_(std::move(namespace_name)),
        replica_(std::move(replica)),
        notes_(std::move(notes)),
        gone_(std::move(gone)) {}

  boost::asio::awaitable<void> run();

 private:
  [[nodiscard]] boost::asio::awaitable<Result<void>> look();

  Runner& runner_;
  kube::Api& api_;
  std::string namespace_;
  std::string replica_;
  Notes notes_;
  Gone gone_;
  Peers peers_;
};

}  // namespace sallyport::controllers
