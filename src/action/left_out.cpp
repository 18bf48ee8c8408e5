#include "action/left_out.hpp"

#include <map>
#include <span>
#include <string>
#include <utility>

#include "action/last_applied.hpp"
#include "action/secrets.hpp"
#include "base/instant.hpp"
#include "json/json.hpp"

namespace sallyport::action {
namespace {

using json::Path;
using json::Value;
using model::Operation;

constexpr std::string_view kRestartedAt = "kubectl.kubernetes.io/restartedAt";
constexpr std::size_t kMaxTime = 35;  // "2006-01-02T15:04:05.999999999+07:00"

// To the API server no annotations and an empty map of them are the same, so they are here, too.
void drop_if_empty(Value& parent, std::string_view key) {
  const Value* found = parent.find(key);
  if (found && found->is_object() && found->members().empty()) parent.erase(key);
}

bool is_time(const Value* value) {
  return value && value->is_string() && value->text().size() <= kMaxTime && parse_instant(value->text());
}

bool is_restartable(const model::Resource& resource) {
  return resource.group == "apps" && resource.subresource.empty() &&
         (resource.resource == "deployments" || resource.resource == "daemonsets" ||
          resource.resource == "statefulsets");
}

// A pod reads its own annotations (downward API), and a Binding's become those of its pod.
bool is_read_by_a_pod(const model::Resource& resource) {
  return resource.group.empty() && (resource.resource == "pods" || resource.resource == "bindings");
}

Value* find(Value& root, std::span<const Path::Step> steps) {
  Value* at = &root;
  for (const auto& step : steps) {
    if (const auto* key = std::get_if<std::string>(&step)) {
      at = at->find_mutable(*key);
    } else {
      const auto index = std::get<std::size_t>(step);
      at = index < at->items().size() ? &at->mutable_items()[index] : nullptr;
    }
    if (!at) return nullptr;
  }
  return at;
}

// A list's elements keep their places: one that is ignored becomes null.
void take_out(Value& root, const Path& path) {
  const std::span<const Path::Step> steps(path.steps());
  Value* parent = find(root, steps.first(steps.size() - 1));
  if (!parent) return;
  if (const auto* key = std::get_if<std::string>(&steps.back())) {
    if (!parent->erase(*key) || steps.size() < 2) return;
    const auto* parent_key = std::get_if<std::string>(&steps[steps.size() - 2]);
    if (parent_key && *parent_key == "annotations")
      drop_if_empty(*find(root, steps.first(steps.size() - 2)), *parent_key);
  } else if (Value* element = find(root, steps)) {
    *element = Value();
  }
}

std::optional<Value> copy_of(const Value* value) {
  return value ? std::optional(*value) : std::nullopt;
}

}  // namespace

void leave_out_bookkeeping(const model::AdmissionRequest& request, Value& object) {
  drop_if_empty(object, "status");
  Value* metadata = object.find_mutable("metadata");
  if (!metadata) return;
  for (const auto* key : {"resourceVersion", "generation", "creationTimestamp", "selfLink"}) metadata->erase(key);
  // A subresource's object is not new: its uid is the account's whose token it asks for, the pod's that it binds.
  if (request.operation == Operation::create && request.resource.subresource.empty()) metadata->erase("uid");
  Value* annotations = metadata->find_mutable("annotations");
  if (!annotations || is_read_by_a_pod(request.resource)) return;
  if (annotations->erase(kReasonAnnotation)) drop_if_empty(*metadata, "annotations");
}

std::vector<Path> builtin_ignored(const model::AdmissionRequest& request) {
  if (request.operation != Operation::update) return {};
  std::vector<Path> places;
  const Path restarted = Path() / "spec" / "template" / "metadata" / "annotations" / kRestartedAt;
  const Value* restarted_before = restarted.find_in(request.old_object);
  if (is_restartable(request.resource) && is_time(restarted.find_in(request.object)) &&
      (!restarted_before || is_time(restarted_before)))
    places.push_back(restarted);

  // Of a Secret, that it repeats the write would tell what the Secret holds.
  if (!is_secret(request) && repeats_the_write(request))
    places.push_back(Path() / "metadata" / "annotations" / kLastApplied);
  return places;
}

std::vector<IgnoredChange> take_out_ignored(const std::vector<json::PathPattern>& patterns,
                                            const std::vector<Path>& places, bool even_unchanged, Value& before,
                                            Value& after) {
  std::map<std::string, Path> all;
  for (const auto& place : places) all.emplace(to_string(place), place);
  for (const auto& pattern : patterns)
    for (const Value* side : {&before, &after})
      for (auto& place : pattern.find_in(*side)) {
        auto text = to_string(place);
        all.emplace(std::move(text), std::move(place));
      }

  std::vector<IgnoredChange> changes;
  for (const auto& [text, place] : all) {
    const Value* from = place.find_in(before);
    const Value* to = place.find_in(after);
    const bool same = from && to ? *from == *to : from == to;
    if (!same || even_unchanged) changes.push_back({place, copy_of(from), copy_of(to)});
  }
  for (const auto& [text, place] : all) {
    take_out(before, place);
    take_out(after, place);
  }
  return changes;
}

}  // namespace sallyport::action
