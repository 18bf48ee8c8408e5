#include "action/canonical.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "json/json.hpp"

namespace sallyport::action {
namespace {

using json::Change;
using json::Path;
using json::Value;
using model::Operation;

// A difference in these says little without the rest: a rule added to a role adds to what else it holds.
bool needs_whole_old_object(const model::Resource& resource) {
  if (resource.group == "admissionregistration.k8s.io") return true;
  if (resource.group == "networking.k8s.io") return resource.resource == "networkpolicies";
  constexpr std::array<std::string_view, 4> kRbac = {"roles", "clusterroles", "rolebindings", "clusterrolebindings"};
  return resource.group == "rbac.authorization.k8s.io" && std::ranges::find(kRbac, resource.resource) != kRbac.end();
}

// No JSON text is empty: an empty field is what is not there.
void put(Hasher& hasher, const Value* value) {
  hasher.field(value ? json::write_canonical(*value) : std::string());
}

// The outermost list element above `path`; an empty path if there is none. It holds the inner ones.
Path element_above(const Path& path) {
  const auto& steps = path.steps();
  const auto is_index = [](const Path::Step& step) { return std::holds_alternative<std::size_t>(step); };
  const auto index = std::ranges::find_if(steps, is_index);
  if (index == steps.end() || index + 1 == steps.end()) return Path();
  return Path(std::vector<Path::Step>(steps.begin(), index + 1));
}

bool is_named(const std::vector<json::PathPattern>& changed_fields, const Path& path) {
  return changed_fields.empty() ||
         std::ranges::any_of(changed_fields, [&path](const auto& pattern) { return pattern.touches(path); });
}

// The differences, sorted so that the order of keys does not count; before them the list elements that they stand in:
// once each, however many differences one holds.
class Differences {
 public:
  Differences(const Sides& sides, const std::vector<Change>& changes, const std::vector<json::PathPattern>& named)
      : sides_(sides) {
    for (const Change& change : changes) {
      const bool is_bound_to_old = is_named(named, change.path);
      changes_.emplace(to_string(change.path), std::pair(&change, is_bound_to_old));
      if (auto element = element_above(change.path); !element.empty())
        elements_.emplace(std::pair(to_string(element), is_bound_to_old), std::move(element));
    }
  }

  void put_into(Hasher& hasher) const {
    hasher.field(elements_.size());
    for (const auto& [text_and_side, element] : elements_) {
      const auto& [text, is_bound_to_old] = text_and_side;
      hasher.field(text).field(is_bound_to_old ? "old" : "new");
      put(hasher, element.find_in(is_bound_to_old ? sides_.before : sides_.after));
    }
    hasher.field(changes_.size());
    for (const auto& [text, bound] : changes_) {
      const auto& [change, is_bound_to_old] = bound;
      hasher.field(text).field(is_bound_to_old ? "old and new" : "new");
      if (is_bound_to_old) put(hasher, change->from);
      put(hasher, change->to);
    }
  }

 private:
  const Sides& sides_;
  std::map<std::string, std::pair<const Change*, bool>> changes_;
  std::map<std::pair<std::string, bool>, Path> elements_;
};

void put_ignored(Hasher& hasher, const std::vector<IgnoredChange>& ignored) {
  hasher.field(ignored.size());
  for (const auto& change : ignored) hasher.field(to_string(change.path));
}

// Without its status, which others move, and the write (but for one of the status, which is a difference) does not.
void put_whole_old_object(Hasher& hasher, const model::Resource& resource, const Value& before) {
  if (!needs_whole_old_object(resource)) return put(hasher, nullptr);
  Value whole = before;
  whole.erase("status");
  put(hasher, &whole);
}

void put_connect(Hasher& hasher, const model::AdmissionRequest& request, const DescribeContext& context) {
  // kubectl's two attempts (WebSocket, then SPDY) send the same options, so all of them are bound, not only the
  // command.
  if (is_proxy(request.resource))
    hasher.field("anything through this proxy");
  else
    put(hasher, &request.object);
  hasher.field(context.pod ? "pod" : "no pod");
  if (!context.pod) return;
  hasher.field(context.pod->uid).field(context.pod->image_ids.size());
  for (const auto& id : context.pod->image_ids) hasher.field(id);
}

}  // namespace

Value bound_options(const Value& options) {
  Value bound = options;
  for (const auto* key : {"fieldManager", "fieldValidation", "dryRun"}) bound.erase(key);
  return bound;
}

std::string_view target_uid(const model::AdmissionRequest& request, const DescribeContext& context) {
  const auto uid = request.old_object["metadata"]["uid"].text();
  return uid.empty() ? std::string_view(context.parent_uid) : uid;
}

bool is_proxy(const model::Resource& resource) {
  return resource.subresource == "proxy";
}

std::string canonical_digest(const model::AdmissionRequest& request, const DescribeContext& context, const Sides& sides,
                             const std::vector<Change>& changes, std::uint32_t form) {
  const auto& resource = request.resource;
  Hasher hasher;
  hasher.field("sallyport action form " + std::to_string(form))
      .field(model::Kubernetes::kType)
      .field(context.cluster_id);
  hasher.field(request.user.username).field(request.user.uid).field(to_string(request.operation));
  hasher.field(resource.group).field(resource.version).field(resource.resource).field(resource.subresource);
  hasher.field(sides.namespace_name).field(context.namespace_uid).field(sides.name);
  hasher.field(target_uid(request, context));

  switch (request.operation) {
    case Operation::create:
      put(hasher, &sides.after);
      put_ignored(hasher, sides.ignored);
      break;
    case Operation::update:
      Differences(sides, changes, context.changed_fields).put_into(hasher);
      put_ignored(hasher, sides.ignored);
      put_whole_old_object(hasher, resource, sides.before);
      break;
    case Operation::del:
      break;  // the old object's uid says which; what it holds may move
    case Operation::connect:
      put_connect(hasher, request, context);
      break;
  }
  const Value options = bound_options(request.options);
  put(hasher, &options);
  return "sha256:" + hex(hasher.finish());
}

}  // namespace sallyport::action
