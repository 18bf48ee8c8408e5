#pragma once

#include <string>

#include "effects/table.hpp"
#include "model/admission.hpp"
#include "model/effect.hpp"

namespace sallyport::effects {

struct WriteEffects {
  model::Effects effects;
  // The first place of a kind of Kubernetes' own that the table does not know: it may do anything.
  std::string unclassified;
};

// What this write does, by the table: for a CREATE by all that is there and not neutral, for an UPDATE by all that
// differs, and by what its operation does whatever it holds. Pure.
[[nodiscard]] WriteEffects effects_of(const Table& table, const model::AdmissionRequest& request);

// What a write of which no more is known may do: effects_of gives no others.
[[nodiscard]] model::Effects possible_effects(const Table& table, const model::Envelope& envelope);

}  // namespace sallyport::effects
