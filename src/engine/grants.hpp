#pragma once

#include <optional>
#include <set>
#include <string>

#include "engine/admission_call.hpp"
#include "engine/ask.hpp"
#include "engine/due.hpp"
#include "engine/examine.hpp"
#include "engine/forgeries.hpp"
#include "engine/in_force.hpp"
#include "engine/request_store.hpp"
#include "engine/restoration.hpp"
#include "engine/transition.hpp"
#include "model/answer.hpp"

namespace sallyport::engine {

// Spends grants: an approved request's right to run its action. P1 and P3 (docs/architecture.md) are held here.
// Engine's thread.
class Grants {
 public:
  Grants(Cluster& cluster, Journal& journal, const Clock& clock, RequestStore& store, Transitions& transitions,
         Restoration& restoration, const Sealer& sealer, const Examiner& examiner, Forgeries& forgeries,
         const InForce& in_force)
      : cluster_(cluster),
        journal_(journal),
        clock_(clock),
        store_(store),
        transitions_(transitions),
        restoration_(restoration),
        sealer_(sealer),
        examiner_(examiner),
        forgeries_(forgeries),
        in_force_(in_force) {}

  // Answers the call on the request of this key: spends a use, or enters a use again that the API server has come back
  // with, or refuses. Nothing: the request does not stand as the store says; look again.
  boost::asio::awaitable<std::optional<model::Answer>> answer_on(const Ask& ask, const AdmissionCall& call,
                                                                 model::RequestKey key);

 private:
  // `action` outlives the coroutine: it is the caller's, who awaits it.
  boost::asio::awaitable<std::optional<model::Answer>> use(const Ask& ask, const AdmissionCall& call,
                                                           model::ApprovalRequest request, Sealed sealed, Instant now);
  boost::asio::awaitable<model::Answer> enter_again(const Ask& ask, const AdmissionCall& call,
                                                    model::ApprovalRequest request);
  [[nodiscard]] std::optional<model::Answer> why_not_now(const Ask& ask, const AdmissionCall& call) const;

  Cluster& cluster_;
  Journal& journal_;
  const Clock& clock_;
  RequestStore& store_;
  Transitions& transitions_;
  Restoration& restoration_;
  const Sealer& sealer_;
  const Examiner& examiner_;
  Forgeries& forgeries_;
  const InForce& in_force_;
  std::set<std::string> in_use_;  // digests of which a use has begun and not ended
};

// Do the copied policies say other things than those that matched the call? Then nobody was asked what they demand.
[[nodiscard]] bool has_other_copies(const Ask& ask, const model::ApprovalRequest& request);

// Everything that must hold of the request that a quorum read has brought, besides its state: nothing if it does.
[[nodiscard]] std::optional<model::Answer> why_no_use(const Ask& ask, const model::ApprovalRequest& request,
                                                      const Sealed& sealed);

// May this call enter the request's last use again? The API server runs admission anew inside its compare-and-swap loop
// and twice for a graceful delete. Only where it is certain that the first try has not landed, or that landing twice is
// landing once: a DELETE of the same uid (the digest holds it), or an UPDATE of an unmoved generation that the write
// would move.
[[nodiscard]] bool is_reentry(const Ask& ask, const AdmissionCall& call, const model::ApprovalRequest& request,
                              Instant now);

}  // namespace sallyport::engine
