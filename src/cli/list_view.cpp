#include "cli/list_view.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "cli/facts.hpp"
#include "cli/words.hpp"

namespace sallyport::cli {
namespace {

std::vector<std::string> headings(Columns columns, bool with_namespace) {
  std::vector<std::string> all;
  if (with_namespace) all.emplace_back("NAMESPACE");
  all.insert(all.end(), {"NAME", "STATE", "AGENT", "ACTION", "ASKED", "ENDS"});
  if (columns == Columns::wide) all.insert(all.end(), {"POLICIES", "REVIEWERS", "REASON"});
  return all;
}

std::string policy_words(const model::ApprovalRequest& request) {
  std::vector<std::string> names;
  names.reserve(request.spec.policies.size());
  for (const auto& policy : request.spec.policies) names.push_back(safe(policy::policy_id(policy.ref)));
  return joined(names, ",");
}

std::string reviewer_words(const model::ApprovalRequest& request) {
  std::vector<std::string> names;
  for (const auto& review : request.spec.reviews) {
    std::string name = safe(review.reviewer);
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return joined(names, ",");
}

bool is_pending(const model::ApprovalRequest& request) {
  return request.status.state == model::State::pending;
}

std::vector<std::size_t> spare(Columns columns, std::size_t asked) {
  if (columns == Columns::wide) return {};
  return {asked, asked + 1};
}

}  // namespace

// On a narrow page the action is cut, then ASKED and ENDS are left out: all of it is in `show`.
ListView::ListView(Columns columns, bool with_namespace)
    : columns_(columns),
      with_namespace_(with_namespace),
      table_(headings(columns, with_namespace), with_namespace ? 4 : 3, spare(columns, with_namespace ? 5 : 4)) {}

Table::Row ListView::cells(const model::ApprovalRequest& request, const Page& page) const {
  Table::Row row;
  if (with_namespace_) row.push_back({safe(request.key.namespace_name)});
  const Instant end = end_of(request);
  row.push_back({safe(request.key.name)});
  row.push_back({std::string(model::to_string(request.status.state)), colour_of(request.status.state)});
  row.push_back({safe(request.spec.requester.agent)});
  row.push_back({safe(request.spec.action.summary)});
  row.push_back({relative_words(request.created, page.now)});
  row.push_back({end == Instant{} ? "-" : relative_words(end, page.now)});
  if (columns_ == Columns::usual) return row;
  const auto or_dash = [](std::string text) { return text.empty() ? "-" : text; };
  row.push_back({or_dash(policy_words(request))});
  row.push_back({or_dash(reviewer_words(request))});
  row.push_back({request.spec.reason.empty() ? "-" : "\"" + safe(request.spec.reason) + "\""});
  return row;
}

std::string ListView::table(const std::vector<model::ApprovalRequest>& requests, const Page& page) {
  for (const auto& request : requests) table_.add(cells(request, page));
  return table_.text(page);
}

std::string ListView::row(const model::ApprovalRequest& request, const Page& page) const {
  return table_.row_text(cells(request, page), page);
}

void sort_for_people(std::vector<model::ApprovalRequest>& requests) {
  std::ranges::sort(requests, [](const auto& a, const auto& b) {
    if (is_pending(a) != is_pending(b)) return is_pending(a);
    if (is_pending(a)) return std::tie(a.spec.expires_at, a.key) < std::tie(b.spec.expires_at, b.key);
    return std::tie(b.created, a.key) < std::tie(a.created, b.key);
  });
}

}  // namespace sallyport::cli
