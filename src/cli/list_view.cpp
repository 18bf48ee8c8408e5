#include "cli/list_view.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include "cli/facts.hpp"
#include "cli/gist.hpp"
#include "cli/request_names.hpp"
#include "cli/selection.hpp"
#include "cli/table.hpp"
#include "cli/words.hpp"

namespace sallyport::cli {
namespace {

using model::ApprovalRequest;
using model::State;
using Requests = std::vector<ApprovalRequest>;

// A gist takes about three lines of a narrow page.
constexpr std::size_t kGistInPipe = 240;
constexpr std::size_t kGistWide = 400;
constexpr std::size_t kGistLines = 3;
constexpr std::size_t kBesidesGist = 24;
constexpr std::size_t kLongestOutcome = 36;
constexpr std::size_t kLongestAgent = 24;
// Whole names stand where they leave the rest most of the page.
constexpr std::size_t kRoomForNames = 100;
constexpr std::chrono::minutes kSoon{5};
constexpr std::size_t kHang = 2;

struct Part {
  std::string_view title;
  bool ended = false;
  Requests requests;
  std::size_t all = 0;  // before some were left out
};

std::vector<Part> parts_of(const Requests& requests, std::size_t most_ended) {
  std::vector<Part> parts = {
      {.title = "Pending"}, {.title = "Approved, not used yet"}, {.title = "Ended", .ended = true}};
  for (const auto& request : requests) {
    auto& part = request.status.state == State::pending ? parts[0]
                 : is_open(request.status.state)        ? parts[1]
                                                        : parts[2];
    ++part.all;
    if (!part.ended || part.requests.size() < most_ended) part.requests.push_back(request);
  }
  std::erase_if(parts, [](const Part& part) { return part.requests.empty(); });
  return parts;
}

std::set<std::string> agents_of(const Requests& requests) {
  std::set<std::string> agents;
  for (const auto& request : requests) agents.insert(request.spec.requester.agent);
  return agents;
}

std::string place_words(const Part& part, const ListStyle& style) {
  if (!style.namespace_name.empty()) return "in namespace " + safe(style.namespace_name);
  std::set<std::string> namespaces;
  for (const auto& request : part.requests) namespaces.insert(request.key.namespace_name);
  if (namespaces.size() == 1) return "in namespace " + safe(*namespaces.begin());
  return "in " + count_words(namespaces.size(), "namespace");
}

std::set<std::string> plans_of(const Requests& requests) {
  std::set<std::string> plans;
  for (const auto& request : requests) plans.insert(request.spec.plan);
  return plans;
}

// " of agent deployer in namespace payments": what is the same for all of a part.
std::string same_words(const Part& part, const ListStyle& style) {
  const auto agents = agents_of(part.requests);
  const auto plans = plans_of(part.requests);
  return (agents.size() == 1 ? " of agent " + safe(*agents.begin()) : "") +
         (plans.size() == 1 && !plans.begin()->empty() ? " in plan " + safe(*plans.begin()) : "") + " " +
         place_words(part, style);
}

std::string count_of(const Part& part) {
  const std::size_t shown = part.requests.size();
  if (shown == part.all) return count_words(shown, "request");
  return "the last " + std::to_string(shown) + " of " + count_words(part.all, "request");
}

std::string policy_words(const ApprovalRequest& request) {
  std::vector<std::string> names;
  names.reserve(request.spec.policies.size());
  for (const auto& policy : request.spec.policies) names.push_back(safe(policy::policy_id(policy.ref)));
  return joined(names, ",");
}

std::string reviewer_words(const ApprovalRequest& request) {
  std::vector<std::string> names;
  for (const auto& review : request.spec.reviews) {
    std::string name = safe(review.reviewer);
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return joined(names, ",");
}

std::string or_dash(std::string text) {
  return text.empty() ? "-" : text;
}

// The table of one part.
class PartTable {
 public:
  PartTable(const Part& part, const ListedNames& names, const ListStyle& style, const Page& page)
      : part_(part), names_(names), page_(page), wide_(style.columns == Columns::wide) {
    with_agent_ = wide_ || agents_of(part.requests).size() > 1;
    const auto plans = plans_of(part.requests);
    with_plan_ = plans.size() > 1 || (wide_ && !plans.begin()->empty());
    whole_names_ = wide_ || fits_whole_names();
  }

  [[nodiscard]] std::string text() const {
    const auto headings = this->headings();
    const auto asked = std::ranges::find(headings, "ASKED");
    std::vector<std::size_t> spare;
    if (!wide_ && asked != headings.end()) spare.push_back(static_cast<std::size_t>(asked - headings.begin()));
    Table table(headings, wide_ ? std::string::npos : 0, spare);
    for (const auto& request : part_.requests) table.add(row(request));
    return table.text(page_);
  }

 private:
  [[nodiscard]] std::vector<std::string> headings() const {
    std::vector<std::string> all = {"WHAT"};
    if (with_agent_) all.emplace_back("AGENT");
    if (wide_ || !part_.ended) all.emplace_back("ASKED");
    all.emplace_back(part_.ended ? "OUTCOME" : "ENDS");
    if (wide_) all.insert(all.end(), {"POLICIES", "REVIEWERS", "REASON"});
    if (with_plan_) all.emplace_back("PLAN");
    all.emplace_back("NAME");
    return all;
  }

  [[nodiscard]] Table::Row row(const ApprovalRequest& request) const {
    Table::Row row = {{gist_of(request.spec.action, gist_size())}};
    if (with_agent_) row.push_back({cut(request.spec.requester.agent, kLongestAgent)});
    if (wide_ || !part_.ended) row.push_back({relative_words(request.created, page_.now)});
    row.push_back(part_.ended ? Table::Cell{cut(brief_outcome(request, page_.now), kLongestOutcome),
                                            colour_of(request.status.state)}
                              : end(request));
    if (wide_) {
      row.push_back({or_dash(policy_words(request))});
      row.push_back({or_dash(reviewer_words(request))});
      row.push_back({request.spec.reason.empty() ? "-" : "\"" + safe(request.spec.reason) + "\""});
    }
    if (with_plan_) row.push_back({or_dash(safe(request.spec.plan))});
    row.push_back({safe(whole_names_ ? names_.whole(request.key) : names_.short_of(request.key))});
    return row;
  }

  [[nodiscard]] Table::Cell end(const ApprovalRequest& request) const {
    const Instant then = end_of(request);
    const bool soon = then - page_.now < kSoon;
    return {relative_words(then, page_.now), soon ? std::optional(Colour::red) : std::nullopt};
  }

  [[nodiscard]] std::string cut(const std::string& text, std::size_t columns) const {
    return wide_ ? safe(text) : cut_to(safe(text), columns);
  }

  [[nodiscard]] std::size_t gist_size() const {
    if (wide_) return kGistWide;
    if (page_.width == std::string::npos) return kGistInPipe;
    return kGistLines * (page_.width - std::min(page_.width / 2, kBesidesGist));
  }

  [[nodiscard]] bool fits_whole_names() const {
    if (page_.width < kRoomForNames) return false;
    return page_.width == std::string::npos || std::ranges::all_of(part_.requests, [this](const auto& request) {
             return columns_of(names_.whole(request.key)) <= page_.width / 3;
           });
  }

  const Part& part_;
  const ListedNames& names_;
  const Page& page_;
  bool wide_;
  bool with_agent_ = false;
  bool with_plan_ = false;
  bool whole_names_ = false;
};

}  // namespace

void ListedNames::add(const model::RequestKey& key) {
  auto& names = names_[key.namespace_name];
  if (std::ranges::find(names, key.name) == names.end()) names.push_back(key.name);
}

std::string ListedNames::placed(const model::RequestKey& key, std::string name) const {
  return anywhere_ ? key.namespace_name + "/" + name : name;
}

std::string ListedNames::whole(const model::RequestKey& key) const {
  return placed(key, key.name);
}

std::string ListedNames::short_of(const model::RequestKey& key) const {
  const auto known = names_.find(key.namespace_name);
  return placed(key, known == names_.end() ? key.name : short_name(key.name, known->second));
}

std::string list_view(const Requests& requests, const ListedNames& names, const ListStyle& style, const Page& page) {
  std::string text;
  std::string said;
  for (const auto& part : parts_of(requests, style.most_ended)) {
    if (!text.empty()) text += "\n";
    std::string same = same_words(part, style);
    std::string title = std::string(part.title) + ": " + count_of(part) + (same == said ? "" : same);
    if (part.requests.size() < part.all) title += "; --state ended shows all";
    said = std::move(same);
    text += page.ink(Colour::bold, title) + "\n" + PartTable(part, names, style, page).text();
  }
  return text;
}

bool NewsView::is_news(const ApprovalRequest& request) {
  // What its reviews have decided is said once, as soon as Sallyport has made it so.
  const bool is_due =
      request.status.state == State::pending && evaluation_of(request).outcome != policy::Outcome::undecided;
  if (is_due) return false;
  const std::string now = news_words(request);
  auto& said = said_[request.uid];
  return std::exchange(said, now) != now;
}

void NewsView::note(const ApprovalRequest& request) {
  (void)is_news(request);
}

std::string NewsView::line(const ApprovalRequest& request, const ListedNames& names, const ListStyle& style,
                           const Page& page) {
  if (!is_news(request)) return "";
  const bool wide = style.columns == Columns::wide || page.width >= kRoomForNames;
  const std::string name = safe(wide ? names.whole(request.key) : names.short_of(request.key));
  const bool endless = page.width == std::string::npos;
  const std::string time = exact_time(page.now).substr(std::string_view("2026-11-21T").size());
  const std::string line = time + "  " + news_words(request) + "  " +
                           gist_of(request.spec.action, endless ? kGistInPipe : page.width) + "  " + name;
  return (columns_of(line) <= page.width ? line : wrapped(line, page.width - std::min(page.width, kHang), kHang)) +
         "\n";
}

}  // namespace sallyport::cli
