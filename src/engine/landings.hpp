#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "engine/seal.hpp"
#include "engine/seams.hpp"

namespace sallyport::engine {

// A stamped review is its author's word once it stands in etcd, where the API server lets nobody but its author put it.
// Before that, only the caller of the webhook has said so; and where no certificate proves him, the log must not say
// more. So it says that the review was stamped, and that it is accepted once it is seen: by the replica that stamped
// it, or by any ten seconds later, or by the one that is about to decide on it. Engine's thread.
class Landings {
 public:
  using Accepted = std::map<std::string, std::set<std::string>>;  // seals, by the request's uid

  Landings(Cluster& cluster, Journal& journal, const Clock& clock, bool callers_proven)
      : cluster_(cluster), journal_(journal), clock_(clock), callers_proven_(callers_proven) {}

  // What this replica's log has accepted before its start.
  void remember(Accepted accepted) { accepted_ = std::move(accepted); }

  // This replica has stamped a review. `accepted`: what the log is to say once it is seen.
  void stamped(const std::string& seal, model::LogRecord accepted);
  // The request as etcd has it. True: its newest review was stamped here, and is seen for the first time.
  bool saw(const model::ApprovalRequest& request, const Sealed& sealed);
  // A decision is about to rest on its reviews: the log accepts each first.
  void accept_all(const model::ApprovalRequest& request, const Sealed& sealed);
  // Accepts what has been seen for long enough.
  void sweep();
  void forget(const std::string& request_uid);

 private:
  struct Stamp {
    model::LogRecord record;
    Duration since{};
  };
  struct Seen {
    std::string request_uid;
    model::LogRecord record;
    Duration due{};
  };
  [[nodiscard]] bool is_accepted(const std::string& request_uid, const std::string& seal) const;
  bool see(const model::ApprovalRequest& request, const Sealed& sealed, std::size_t which);
  void accept(const std::string& seal, Seen seen);

  Cluster& cluster_;
  Journal& journal_;
  const Clock& clock_;
  bool callers_proven_;
  Accepted accepted_;
  std::map<std::string, Stamp> stamps_;  // by seal: stamped here and not seen yet
  std::map<std::string, Seen> seen_;     // by seal: not accepted yet
};

}  // namespace sallyport::engine
