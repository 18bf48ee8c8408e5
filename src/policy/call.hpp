#pragma once

#include <string>
#include <vector>

#include "effects/table.hpp"
#include "effects/write.hpp"
#include "model/admission.hpp"
#include "model/effect.hpp"
#include "model/identity.hpp"

namespace sallyport::policy {

using Labels = std::vector<model::SelectorFields::Label>;

// What is known of a namespace beside the review.
struct NamespaceFacts {
  std::string name;
  std::string uid;
  Labels labels;
  bool terminating = false;

  friend bool operator==(const NamespaceFacts&, const NamespaceFacts&) = default;
};

// One agent's call, as far as it has been read. Borrows everything; lives no longer than one look-up.
struct Call {
  const model::Envelope& envelope;
  const model::Agent& agent;
  const NamespaceFacts* ns = nullptr;  // null: cluster-scoped target, or not known (then every selector counts as met)
  const model::SelectorFields* selector_fields = nullptr;  // null: not read yet

  // What a write that has this envelope may do, and what any write of its object may. Empty where nobody asks for
  // effects.
  model::Effects effects = {};
  model::Effects effects_of_object = {};
};

// With the effects that this table says.
[[nodiscard]] Call with_effects(Call call, const effects::Table& table);
// The same of a call that has been read whole: with a field that nobody has looked at, it may do anything. `asked`:
// which effects count at all.
[[nodiscard]] Call with_effects(Call call, const effects::ReadOnce& write, model::Effects asked);

}  // namespace sallyport::policy
