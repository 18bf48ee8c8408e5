#pragma once

#include <string>
#include <vector>

#include "effects/table.hpp"
#include "model/identity.hpp"
#include "model/policy.hpp"
#include "model/served.hpp"

namespace sallyport::policy {

// Something that a policy says and that has not the effect which it seems to have.
struct Ineffective {
  std::string reason;      // one word, of the condition Effective
  std::string message;     // one plain sentence, with the place, and what to do
  bool by_served = false;  // what the API server serves later may mend it
};

// What is known beside the policy.
struct Surroundings {
  const effects::Table& table;
  const model::Served* served = nullptr;              // null: not known
  const std::vector<model::Agent>* agents = nullptr;  // null: not known
};

// What can be said of a policy that can work, by what is known: fields that it ignores though they do something, rules
// that nothing can match, fields that there are not, agents that are none, and other ways to what a rule asks about.
[[nodiscard]] std::vector<Ineffective> find_ineffective(const model::Policy& policy, const Surroundings& known);

}  // namespace sallyport::policy
