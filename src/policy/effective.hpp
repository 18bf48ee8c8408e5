#pragma once

#include <string>
#include <vector>

#include "effects/table.hpp"
#include "model/policy.hpp"

namespace sallyport::policy {

// Something that a policy says and that has not the effect which it seems to have.
struct Ineffective {
  std::string reason;   // one word, of the condition Effective
  std::string message;  // one plain sentence, with the place, and what to do
};

// What can be said of a policy that can work without asking the cluster: fields that it ignores though they do
// something, rules that nothing can match, and fields that there are not.
[[nodiscard]] std::vector<Ineffective> find_ineffective(const model::PolicySpec& spec, const effects::Table& table);

}  // namespace sallyport::policy
