#include "policy/evaluate.hpp"

#include <algorithm>
#include <cstddef>
#include <set>

namespace sallyport::policy {
namespace {

using model::PolicyCopy;
using model::Review;
using model::Verdict;

struct Person {
  std::string name;
  std::set<std::string> satisfies;
};

struct Place {
  std::string id;
  std::uint32_t count = 0;
  std::vector<std::size_t> people;  // assigned, as indices
};

// Everybody who approved, once, with all that any of their approvals satisfies, in the order in which they first
// approved.
std::vector<Person> approvers(const std::vector<Review>& reviews) {
  std::vector<Person> people;
  for (const auto& review : reviews) {
    if (review.verdict != Verdict::approve || review.reviewer.empty()) continue;
    auto person = std::ranges::find(people, review.reviewer, &Person::name);
    if (person == people.end()) person = people.insert(people.end(), {review.reviewer, {}});
    person->satisfies.insert(review.satisfies.begin(), review.satisfies.end());
  }
  return people;
}

// Maximum assignment of people to places by augmenting paths: whoever was counted stays counted, if perhaps elsewhere.
class Assignment {
 public:
  Assignment(const std::vector<Person>& people, std::vector<Place>& places) : people_(people), places_(places) {}

  void make() {
    for (std::size_t person = 0; person < people_.size(); ++person) {
      tried_.assign(places_.size(), false);
      seat(person);
    }
  }

 private:
  bool seat(std::size_t person) {
    for (std::size_t i = 0; i < places_.size(); ++i) {
      auto& place = places_[i];
      if (tried_[i] || !people_[person].satisfies.contains(place.id)) continue;
      tried_[i] = true;
      if (place.people.size() < place.count) {
        place.people.push_back(person);
        return true;
      }
      for (auto& seated : place.people) {
        if (!seat(seated)) continue;
        seated = person;
        return true;
      }
    }
    return false;
  }

  const std::vector<Person>& people_;
  std::vector<Place>& places_;
  std::vector<bool> tried_;
};

bool well_asked(const std::vector<PolicyCopy>& policies, const std::vector<Place>& places) {
  std::set<std::string_view> ids;
  for (const auto& place : places) {
    if (place.count == 0 || !ids.insert(place.id).second) return false;
  }
  return !policies.empty() &&
         std::ranges::none_of(policies, [](const auto& policy) { return policy.approval.requirements.empty(); });
}

std::vector<std::string> who_said(const std::vector<Review>& reviews, Verdict verdict) {
  std::vector<std::string> names;
  for (const auto& review : reviews) {
    if (review.verdict == verdict && std::ranges::find(names, review.reviewer) == names.end()) {
      names.push_back(review.reviewer);
    }
  }
  return names;
}

bool names(const model::Approver& approver, const model::User& user) {
  if (approver.kind == model::Approver::Kind::user) return approver.name == user.username;
  return std::ranges::find(user.groups, approver.name) != user.groups.end();
}

// Fills in progress and who is counted; true if everything is met.
bool count_approvals(const std::vector<PolicyCopy>& policies, const std::vector<Review>& reviews,
                     Evaluation& evaluation) {
  std::vector<Place> places;
  for (const auto& policy : policies) {
    for (const auto& requirement : policy.approval.requirements) {
      places.push_back({requirement_id(policy.ref, requirement.name), requirement.count, {}});
      evaluation.progress.push_back({policy_id(policy.ref), requirement.name, requirement.count, 0});
    }
  }
  const auto people = approvers(reviews);
  Assignment(people, places).make();
  std::set<std::size_t> counted;
  bool met = well_asked(policies, places);
  for (std::size_t i = 0; i < places.size(); ++i) {
    evaluation.progress[i].approved = static_cast<std::uint32_t>(places[i].people.size());
    counted.insert(places[i].people.begin(), places[i].people.end());
    met = met && places[i].people.size() >= places[i].count;
  }
  for (const auto person : counted) evaluation.reviewers.push_back(people[person].name);
  return met;
}

}  // namespace

std::string policy_id(const model::PolicyRef& policy) {
  return policy.namespace_name.empty() ? "cluster/" + policy.name : policy.name;
}

std::string requirement_id(const model::PolicyRef& policy, const std::string& requirement) {
  return policy_id(policy) + "/" + requirement;
}

std::vector<std::string> satisfies(const std::vector<PolicyCopy>& policies, const model::User& reviewer) {
  std::vector<std::string> ids;
  if (reviewer.username.empty()) return ids;
  for (const auto& policy : policies) {
    for (const auto& requirement : policy.approval.requirements) {
      const auto is_named = [&](const auto& approver) { return names(approver, reviewer); };
      if (std::ranges::any_of(requirement.approvers, is_named)) {
        ids.push_back(requirement_id(policy.ref, requirement.name));
      }
    }
  }
  return ids;
}

Evaluation evaluate(const std::vector<PolicyCopy>& policies, const std::vector<Review>& counted) {
  Evaluation evaluation;
  if (count_approvals(policies, counted, evaluation)) evaluation.outcome = Outcome::approved;
  for (const auto& [verdict, outcome] :
       {std::pair{Verdict::withdraw, Outcome::withdrawn}, std::pair{Verdict::deny, Outcome::denied}}) {
    auto said = who_said(counted, verdict);
    if (said.empty()) continue;
    evaluation.outcome = outcome;
    evaluation.reviewers = std::move(said);
  }
  return evaluation;
}

}  // namespace sallyport::policy
