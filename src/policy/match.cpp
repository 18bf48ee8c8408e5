#include "policy/match.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>
#include <variant>

#include "action/next_apply.hpp"
#include "action/ownership.hpp"
#include "effects/pod_carrier.hpp"
#include "policy/labels.hpp"
#include "policy/withdrawal.hpp"

namespace sallyport::policy {
namespace {

using model::AdmissionRequest;
using model::Operation;
using model::Policy;

// By these members the built-in kinds tell the elements of their lists apart (x-kubernetes-list-map-keys, and
// patchMergeKey of older types). The keys of custom kinds may be others: their schemas are not known here.
constexpr std::array<std::string_view, 17> kElementKeys{
    "containerPort", "device", "devicePath", "driver",  "id",          "ip",   "key", "mountPath",        "name",
    "pool",          "port",   "protocol",   "shareID", "topologyKey", "type", "uid", "whenUnsatisfiable"};

bool is_element_key(const json::Path& path) {
  if (path.empty()) return false;
  const auto* key = std::get_if<std::string>(&path.steps().back());
  return key != nullptr && std::ranges::find(kElementKeys, *key) != kElementKeys.end();
}

// Two containers that swap their names swap their images, though no image has changed at its place.
bool touches(const json::PathPattern& pattern, const json::Path& path) {
  return pattern.touches(path) || (pattern.passes_beside(path) && is_element_key(path));
}

// What changed is found out when first somebody asks.
class OfReview : public Content {
 public:
  explicit OfReview(const effects::ReadOnce& write) : write_(write) {}

  bool has_effects_of(const CompiledAction& action) override { return action.effects.has_any_of(write_.effects()); }

  bool touches(const std::vector<json::PathPattern>& fields) override {
    if (!places_) places_ = changed_places(write_.request()).places;
    return std::ranges::any_of(*places_, [&](const auto& place) { return touches_any(fields, place); });
  }

 private:
  const effects::ReadOnce& write_;
  std::optional<std::vector<json::Path>> places_;
};

enum class Hit { none, by_fields, whole };

// changedFields hold for updates of the object itself in the versions that the rules name. They say nothing about
// another version, whose fields may have other names, nor about a part with a kind of its own (scale): any change of
// those matches.
bool fields_decide(const CompiledAction& action, const model::Envelope& envelope) {
  if (action.action->changed_fields.empty()) return false;
  if (envelope.operation != Operation::update || !shows_labels(envelope)) return false;
  return std::ranges::any_of(*action.rules, [&](const auto& rule) {
    return covers(rule, envelope.operation) && covers(rule, envelope.resource) &&
           names_version(rule, envelope.resource.version);
  });
}

Hit hit(const CompiledAction& action, const Call& call, Content& content) {
  if (moves_object(action, call) == ReadDepth::whole) return Hit::whole;
  if (covers_action(action, call) != ReadDepth::whole) return Hit::none;
  if (!covered_by_rules(action, call)) return content.has_effects_of(action) ? Hit::whole : Hit::none;
  if (!fields_decide(action, call.envelope)) return Hit::whole;
  return content.touches(action.action->changed_fields) ? Hit::by_fields : Hit::none;
}

void add(Cover& to, const CompiledAction& action, const Call& call) {
  to.effects |= action.effects;
  // A preset is about its effects, and the one that is about everything has none.
  const bool by_rules = action.preset ? action.effects.empty() : !action.rules->empty();
  to.whole = to.whole || (by_rules && action.action->changed_fields.empty() && covered_by_rules(action, call));
}

void add(Cover& to, const Cover& other) {
  to.effects |= other.effects;
  to.whole = to.whole || other.whole;
}

// One policy's answer, and the fields of those of its actions that were hit by fields.
struct Judgement {
  Hit hit = Hit::none;
  std::vector<json::PathPattern> fields;
  Cover cover;
};

Judgement judge(const CompiledPolicy& policy, const Call& call, Content& content) {
  Judgement judgement;
  if (concerns(policy, call) != ReadDepth::whole) return judgement;
  if (moves_namespace(policy, call) == ReadDepth::whole) return {Hit::whole, {}};
  for (const auto& action : policy.actions()) {
    const auto by = hit(action, call, content);
    judgement.hit = std::max(judgement.hit, by);
    if (by != Hit::none) add(judgement.cover, action, call);
    if (by == Hit::by_fields) std::ranges::copy(action.action->changed_fields, std::back_inserter(judgement.fields));
  }
  return judgement;
}

std::vector<const Policy*>& list_for(Match& match, model::Enforcement enforcement) {
  switch (enforcement) {
    case model::Enforcement::enforce:
      return match.enforce;
    case model::Enforcement::warn:
      return match.warn;
    case model::Enforcement::audit:
      return match.audit;
  }
  return match.enforce;
}

}  // namespace

ChangedPlaces changed_places(const AdmissionRequest& request) {
  ChangedPlaces changed{.places = action::moved_for_next_apply(request)};
  changed.moved = changed.places.size();
  for (auto& change : json::diff(request.old_object, request.object)) changed.places.push_back(std::move(change.path));
  return changed;
}

bool touches_any(const std::vector<json::PathPattern>& fields, const json::Path& path) {
  return std::ranges::any_of(fields, [&](const auto& field) { return touches(field, path); });
}

Match match(const Candidates& candidates, const effects::ReadOnce& write, const model::Agent& agent,
            const NamespaceFacts* ns) {
  const auto& request = write.request();
  // It only takes a right away that was asked for: nobody needs to approve that.
  if (is_withdrawal(request)) return {};
  const auto selector_fields = selector_fields_of(request);
  OfReview content(write);
  model::Effects asked;
  for (const auto* candidate : candidates) {
    for (const auto& action : candidate->actions()) asked |= action.effects;
  }
  return match(candidates, with_effects({request, agent, ns, &selector_fields}, write, asked), content);
}

Match match(const Candidates& candidates, const Call& call, Content& content) {
  Match match;
  std::vector<json::PathPattern> fields;
  bool fields_alone = true;
  for (const auto* candidate : candidates) {
    if (candidate->invalid()) {
      if (concerns(*candidate, call) == ReadDepth::whole) match.invalid.push_back(&candidate->policy());
      continue;
    }
    const auto judgement = judge(*candidate, call, content);
    if (judgement.hit == Hit::none) continue;
    auto& list = list_for(match, candidate->policy().spec.enforcement);
    list.push_back(&candidate->policy());
    if (&list != &match.enforce) continue;
    add(match.cover, judgement.cover);
    if (candidate->for_cluster()) add(match.cover_by_cluster, judgement.cover);
    fields_alone = fields_alone && judgement.hit == Hit::by_fields;
    std::ranges::copy(judgement.fields, std::back_inserter(fields));
  }
  if (fields_alone && !match.enforce.empty()) match.changed_fields = std::move(fields);
  return match;
}

namespace {

// Of what stands at metadata.<field>, by the write or by the API server itself.
bool is_in(const json::Change& change, std::string_view field) {
  const auto& steps = change.path.steps();
  return steps.size() >= 2 && steps[0] == json::Path::Step("metadata") &&
         steps[1] == json::Path::Step(std::string(field));
}

bool is_bookkeeping(const json::Change& change) {
  return is_in(change, "managedFields") || is_in(change, "resourceVersion");
}

}  // namespace

bool changes_nothing(const AdmissionRequest& request) {
  if (request.operation != Operation::update) return false;
  if (request.resource.group.empty() && request.resource.resource == "secrets") return false;
  if (!request.object.is_object() || !request.old_object.is_object()) return false;
  return std::ranges::all_of(json::diff(request.old_object, request.object), is_bookkeeping) &&
         action::ownership_changes(request).empty();
}

bool only_loses_finalizers(const AdmissionRequest& request) {
  if (request.operation != Operation::update) return false;
  const auto before = request.old_object["metadata"]["finalizers"].items();
  const auto after = request.object["metadata"]["finalizers"].items();
  // In the same order, as clients leave them, so that one pass tells.
  std::size_t kept = 0;
  for (const auto& finalizer : before) {
    if (kept < after.size() && after[kept] == finalizer) ++kept;
  }
  if (kept < after.size() || after.size() >= before.size()) return false;
  return std::ranges::all_of(json::diff(request.old_object, request.object), [](const json::Change& change) {
    return is_bookkeeping(change) || is_in(change, "finalizers");
  });
}

model::SelectorFields selector_fields_of(const AdmissionRequest& request) {
  const auto labels_of = [](const json::Value& object) {
    Labels labels;
    for (const auto& label : object["metadata"]["labels"].members()) {
      labels.push_back({label.key, std::string(label.value.text())});
    }
    return labels;
  };
  model::SelectorFields selector_fields{labels_of(request.object), labels_of(request.old_object), {}};
  if (effects::carries_pod(request.resource)) {
    for (const auto account : effects::accounts_of(effects::pod_spec_of(request.resource, request.object))) {
      selector_fields.service_accounts.emplace_back(account);
    }
  }
  return selector_fields;
}

}  // namespace sallyport::policy
