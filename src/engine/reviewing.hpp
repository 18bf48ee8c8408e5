#pragma once

#include <optional>
#include <string>

#include "engine/examine.hpp"
#include "engine/landings.hpp"
#include "engine/log_quota.hpp"
#include "engine/seal.hpp"
#include "engine/seams.hpp"
#include "engine/settings.hpp"

namespace sallyport::engine {

// A reviewer's write of a request's decision slot, whatever channel it came by: who, and what they wrote. `request` is
// the request as it stood before the write.
struct ReviewCall {
  model::User reviewer;
  model::ApprovalRequest request;
  model::DecisionSlot slot;
  std::string via;  // "kubectl"
  bool dry_run = false;
};

// What comes of it: a review to be appended, or a sentence that refuses.
struct ReviewAnswer {
  std::optional<model::Review> review;
  std::string refusal;
};

// Checks and stamps reviews. All channels end here. Engine's thread.
class Reviewing {
 public:
  Reviewing(Cluster& cluster, Journal& journal, LogQuota& quota, const Clock& clock, Landings& landings,
            const Sealer& sealer, const Examiner& examiner, const Settings& settings)
      : cluster_(cluster),
        journal_(journal),
        quota_(quota),
        clock_(clock),
        landings_(landings),
        sealer_(sealer),
        examiner_(examiner),
        settings_(settings) {}

  boost::asio::awaitable<ReviewAnswer> review(ReviewCall call);

 private:
  // `call` and `sealed` belong to `review`, which awaits it.
  boost::asio::awaitable<std::string> why_not(const ReviewCall& call, const Sealed& sealed);
  [[nodiscard]] ReviewAnswer refuse(const ReviewCall& call, std::string why);

  Cluster& cluster_;
  Journal& journal_;
  LogQuota& quota_;
  const Clock& clock_;
  Landings& landings_;
  const Sealer& sealer_;
  const Examiner& examiner_;
  const Settings& settings_;
};

// "" if this review may stand, else why not: all that can be told without asking the API server. A pure function, so
// that an auditor comes to the same from the log.
[[nodiscard]] std::string why_no_review(const ReviewCall& call, const Sealed& sealed, Instant now,
                                        const std::vector<model::Agent>& agents);

// P8 (docs/architecture.md), by who they are alone: "" if this user may be a reviewer of what the requester asked for,
// else why not.
[[nodiscard]] std::string why_no_reviewer(const model::User& reviewer, const model::Requester& requester,
                                          const std::vector<model::Agent>& agents);

}  // namespace sallyport::engine
