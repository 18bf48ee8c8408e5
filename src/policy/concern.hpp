#pragma once

#include <algorithm>

namespace sallyport::policy {

// Is a call any business of a policy, or of the built-in guard? As far as what has been read of the review can tell:
// `glance_tells` is "it depends on labels or service accounts", which a pass over the bytes finds (model::Glance). The
// largest answer of all who were asked says how far the review must be read: envelope, glance, or whole.
enum class Concern { no, glance_tells, yes };

[[nodiscard]] constexpr Concern both(Concern a, Concern b) {
  return std::min(a, b);
}
[[nodiscard]] constexpr Concern either(Concern a, Concern b) {
  return std::max(a, b);
}
[[nodiscard]] constexpr Concern known(bool holds) {
  return holds ? Concern::yes : Concern::no;
}

}  // namespace sallyport::policy
