#include "engine/examine.hpp"

#include <algorithm>

#include "engine/due.hpp"
#include "engine/reviewing.hpp"
#include "policy/evaluate.hpp"

namespace sallyport::engine {
namespace {

using model::Review;

// May this person meet all that the approval is said to meet? Their groups were known only as they reviewed.
bool may_satisfy(const Review& review, const std::vector<model::PolicyCopy>& policies) {
  const auto may = [&](const std::string& id) {
    for (const auto& policy : policies) {
      for (const auto& requirement : policy.approval.requirements) {
        if (policy::requirement_id(policy.ref, requirement.name) != id) continue;
        return std::ranges::any_of(requirement.approvers, [&](const auto& approver) {
          return approver.kind == model::Approver::Kind::group || approver.name == review.reviewer;
        });
      }
    }
    return false;
  };
  return std::ranges::all_of(review.satisfies, may);
}

// Only of approvals: whoever objects does no harm.
std::string why_no_approval(const Review& review, const model::RequestSpec& spec,
                            const std::vector<model::Agent>& agents) {
  if (review.verdict != model::Verdict::approve) return "";
  const model::User reviewer{review.reviewer, review.uid, {}, {}, {}, {}};
  if (auto why = why_no_reviewer(reviewer, spec.requester, agents); !why.empty()) return why;
  return may_satisfy(review, spec.policies) ? "" : "no requirement that it is to meet names " + review.reviewer;
}

}  // namespace

Sealed Examiner::examine(const model::ApprovalRequest& request, Instant now) const {
  auto sealed = check_seals(sealer_, request);
  if (!sealed.unknown.empty()) return sealed;
  std::erase_if(sealed.reviews, [&](const auto& review) {
    const auto why = why_no_approval(review, request.spec, agents_);
    if (!why.empty()) sealed.forged.push_back("a sealed approval by " + review.reviewer + " (" + why + ")");
    return !why.empty();
  });
  if (sealed.decision) sealed.underived = why_not_derived(request, sealed, now);
  if (!sealed.underived.empty()) sealed.decision = false;
  return sealed;
}

bool has_forged_decision(const model::ApprovalRequest& request, const Sealed& sealed) {
  return request.status.decision && !sealed.decision && sealed.unknown.empty();
}

std::string first_forged(const Sealed& sealed) {
  if (!sealed.underived.empty()) return "a decision that does not follow from its reviews: " + sealed.underived;
  return sealed.forged.empty() ? "" : sealed.forged.front();
}

}  // namespace sallyport::engine
