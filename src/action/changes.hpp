#pragma once

#include <vector>

#include "action/sides.hpp"
#include "action/weight.hpp"
#include "json/path.hpp"
#include "model/request.hpp"

namespace sallyport::action {

struct ShownChanges {
  std::vector<model::ShownChange> changes;  // the most telling first, then in the object's order; the ignored ones last
  std::vector<Weight> weights;              // of each
  model::Effects effects;                   // of all, also of those that do not fit
  bool truncated = false;                   // people do not see all that is approved
};

// The write as people see it: of a CREATE each leaf of the new object, of an UPDATE the differences, what is added leaf
// by leaf; a text of several lines by the lines that differ (shown_lines.hpp). At most 256 KiB and 4096 places; where
// that is not enough, of each value no more than 4 KiB, and the most telling places. All of it safe to print
// (escape.hpp).
[[nodiscard]] ShownChanges show_changes(const Sides& sides, const std::vector<json::Change>& differences,
                                        const Weigh& weigh);

}  // namespace sallyport::action
