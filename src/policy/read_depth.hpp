#pragma once

#include <algorithm>

namespace sallyport::policy {

// Is a call any business of a policy, or of the built-in guard? As far as what has been read of the review can tell:
// `labels` is "it depends on labels or service accounts", which a pass over the bytes finds (model::SelectorFields).
// The largest answer of all who were asked says how far the review must be read: the envelope, the fields of selectors,
// or the whole.
enum class ReadDepth { envelope, labels, whole };

[[nodiscard]] constexpr ReadDepth both(ReadDepth a, ReadDepth b) {
  return std::min(a, b);
}
[[nodiscard]] constexpr ReadDepth either(ReadDepth a, ReadDepth b) {
  return std::max(a, b);
}
[[nodiscard]] constexpr ReadDepth known(bool holds) {
  return holds ? ReadDepth::whole : ReadDepth::envelope;
}

}  // namespace sallyport::policy
