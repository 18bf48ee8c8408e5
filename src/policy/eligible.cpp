#include "policy/eligible.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "policy/evaluate.hpp"

namespace sallyport::policy {
namespace {

using model::Approver;
using model::PolicyCopy;
using model::Review;

// The same question with no place free but this requirement's: whoever is counted beyond those of today fills it.
std::vector<PolicyCopy> with_only_open(const std::string& requirement, std::vector<PolicyCopy> policies,
                                       const std::vector<Review>& counted) {
  const auto progress = evaluate(policies, counted).progress;
  auto now = progress.begin();
  for (auto& policy : policies) {
    for (auto& each : policy.approval.requirements) {
      if (requirement_id(policy.ref, each.name) != requirement) each.count = now->approved;
      ++now;
    }
  }
  return policies;
}

std::uint32_t people_counted(const std::vector<PolicyCopy>& policies, const std::vector<Review>& counted) {
  std::uint32_t people = 0;
  for (const auto& progress : evaluate(policies, counted).progress) people += progress.approved;
  return people;
}

bool has_approved(const std::string& name, const std::vector<Review>& counted) {
  return std::ranges::any_of(counted, [&name](const Review& review) {
    return review.verdict == model::Verdict::approve && review.reviewer == name;
  });
}

// Nobody's who has reviewed: longer than all of theirs.
std::string new_name(const std::vector<Review>& counted) {
  std::size_t longest = 0;
  for (const auto& review : counted) longest = std::max(longest, review.reviewer.size());
  return std::string(longest + 1, 'x');
}

// An approval by somebody of whom no more is known than that this approver is them, or has them in it.
Review approval_by(const Approver& approver, const std::vector<PolicyCopy>& policies,
                   const std::vector<Review>& counted) {
  model::User person{.username = approver.name};
  if (approver.kind == Approver::Kind::group) person = {.username = new_name(counted), .groups = {approver.name}};
  Review review{.reviewer = person.username, .verdict = model::Verdict::approve};
  review.satisfies = satisfies(policies, person);
  return review;
}

std::vector<Approver> named_by(const std::vector<PolicyCopy>& policies, const std::string& requirement) {
  std::vector<Approver> first;
  std::vector<Approver> others;
  for (const auto& policy : policies) {
    for (const auto& each : policy.approval.requirements) {
      auto& approvers = requirement_id(policy.ref, each.name) == requirement ? first : others;
      approvers.insert(approvers.end(), each.approvers.begin(), each.approvers.end());
    }
  }
  std::vector<Approver> all;
  for (const auto* approvers : {&first, &others}) {
    for (const auto& approver : *approvers)
      if (std::ranges::find(all, approver) == all.end()) all.push_back(approver);
  }
  return all;
}

}  // namespace

std::vector<Approver> eligible_for(const std::string& requirement, const std::vector<PolicyCopy>& policies,
                                   const std::vector<Review>& counted) {
  const auto narrowed = with_only_open(requirement, policies, counted);
  const auto before = people_counted(narrowed, counted);
  auto approvers = named_by(policies, requirement);
  std::erase_if(approvers, [&](const Approver& approver) {
    if (approver.kind == Approver::Kind::user && has_approved(approver.name, counted)) return true;
    auto with_one_more = counted;
    with_one_more.push_back(approval_by(approver, policies, counted));
    return people_counted(narrowed, with_one_more) <= before;
  });
  return approvers;
}

}  // namespace sallyport::policy
