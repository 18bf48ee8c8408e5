#include "policy/labels.hpp"

#include <algorithm>
#include <array>

namespace sallyport::policy {

using model::Operation;
using model::selects;

bool shows_labels(std::string_view subresource) {
  constexpr std::array<std::string_view, 6> kOwnKind = {"",         "status",  "resize", "ephemeralcontainers",
                                                        "approval", "finalize"};
  return std::ranges::find(kOwnKind, subresource) != kOwnKind.end();
}

bool shows_labels(const model::Envelope& envelope) {
  return envelope.operation != Operation::connect && shows_labels(envelope.resource.subresource);
}

bool is_namespace(const model::Resource& resource) {
  return resource.group.empty() && resource.resource == "namespaces";
}

ReadDepth selects_object(const model::Selector& selector, const Call& call) {
  if (selector.empty() || !shows_labels(call.envelope)) return ReadDepth::whole;
  if (call.selector_fields == nullptr) return ReadDepth::labels;
  // A side that is not there (before CREATE, after DELETE) has no labels to be judged by, "none" included.
  const bool before =
      call.envelope.operation != Operation::create && selects(selector, call.selector_fields->old_labels);
  const bool after = call.envelope.operation != Operation::del && selects(selector, call.selector_fields->labels);
  return known(before || after);
}

ReadDepth relabels_object(const model::Selector& selector, const Call& call) {
  if (selector.empty() || call.envelope.operation != Operation::update || !shows_labels(call.envelope)) {
    return ReadDepth::envelope;
  }
  if (call.selector_fields == nullptr) return ReadDepth::labels;
  return known(selects(selector, call.selector_fields->old_labels) != selects(selector, call.selector_fields->labels));
}

}  // namespace sallyport::policy
