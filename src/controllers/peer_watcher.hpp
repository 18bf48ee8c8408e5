#pragma once

#include <functional>
#include <string>
#include <vector>

#include "controllers/peers.hpp"
#include "controllers/runner.hpp"
#include "kube/api.hpp"
#include "kube/lease.hpp"
#include "model/forms.hpp"

namespace sallyport::controllers {

// Renews this replica's Lease, with what it tells there, and watches those of the others: which forms of seals they
// read, and whether one has gone. Whoever's call was on its way to that one was told the path by the API server's
// error, so a new path is needed. Engine's thread; what it is given outlives it.
class PeerWatcher {
 public:
  using Notes = std::function<kube::LeaseNotes()>;
  using OthersRead = std::function<void(const std::vector<model::Forms>&)>;
  using Gone = std::function<void(const std::string& replica)>;

  PeerWatcher(Runner& runner, kube::Api& api, std::string namespace_name, std::string replica, Notes notes,
              OthersRead others_read, Gone gone)
      : runner_(runner),
        api_(api),
        namespace_(std::move(namespace_name)),
        replica_(std::move(replica)),
        notes_(std::move(notes)),
        others_read_(std::move(others_read)),
        gone_(std::move(gone)) {}

  boost::asio::awaitable<void> run();

 private:
  [[nodiscard]] boost::asio::awaitable<Result<void>> look();

  Runner& runner_;
  kube::Api& api_;
  std::string namespace_;
  std::string replica_;
  Notes notes_;
  OthersRead others_read_;
  Gone gone_;
  Peers peers_;
};

}  // namespace sallyport::controllers
