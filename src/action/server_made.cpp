#include "action/server_made.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "action/allocated.hpp"
#include "action/token_volume.hpp"
#include "base/instant.hpp"
#include "json/json.hpp"

namespace sallyport::action {
namespace {

using json::Value;
using model::Operation;

constexpr std::string_view kSuffixCharacters = "bcdfghjklmnpqrstvwxz2456789";
constexpr std::size_t kSuffixLength = 5;
constexpr std::size_t kMaxBase = 58;

constexpr std::array<std::string_view, 2> kJobUidLabels = {"controller-uid", "batch.kubernetes.io/controller-uid"};
constexpr std::array<std::string_view, 2> kJobNameLabels = {"job-name", "batch.kubernetes.io/job-name"};

Value* find(Value& root, std::initializer_list<std::string_view> keys) {
  Value* at = &root;
  for (const auto key : keys)
    if (at) at = at->find_mutable(key);
  return at;
}

void replace_text(Value* map, std::string_view key, std::string_view wanted, std::string_view by) {
  Value* found = map ? map->find_mutable(key) : nullptr;
  if (found && found->is_string() && found->text() == wanted) *found = by;
}

// The server labels a Job's pods with the Job's own uid, and selects them by it. With manualSelector it leaves both
// alone.
void replace_job_uid(Value& job) {
  const std::string uid(job["metadata"]["uid"].text());
  if (uid.empty() || job["spec"]["manualSelector"].truth()) return;
  for (const auto label : kJobUidLabels) {
    replace_text(find(job, {"spec", "template", "metadata", "labels"}), label, uid, kServerMade);
    replace_text(find(job, {"spec", "selector", "matchLabels"}), label, uid, kServerMade);
  }
}

// The generated name, and the labels that the server makes of it.
void replace_generated_name(const model::Resource& resource, Value& object) {
  const std::string name(object["metadata"]["name"].text());
  const std::string mark = generated_name(object["metadata"]["generateName"].text());
  if (resource.group == "batch" && resource.resource == "jobs" && !object["spec"]["manualSelector"].truth())
    for (const auto label : kJobNameLabels)
      replace_text(find(object, {"spec", "template", "metadata", "labels"}), label, name, mark);
  if (resource.group.empty() && resource.resource == "namespaces")
    replace_text(find(object, {"metadata", "labels"}), "kubernetes.io/metadata.name", name, mark);
  *find(object, {"metadata", "name"}) = mark;
}

bool is_one_of(const Value& value, std::initializer_list<std::string_view> texts) {
  return std::ranges::find(texts, value.text()) != texts.end();
}

// Is it the status that the server gives a new object of this kind, in the place of whatever the write said?
bool is_initial_status(const model::Resource& resource, const Value& status) {
  const auto members = status.members().size();
  const auto& phase = status["phase"];
  if (resource.group == "networking.k8s.io" && resource.resource == "ingresses")
    return members == 1 && json::write(status["loadBalancer"]) == "{}";
  if (!resource.group.empty()) return false;
  if (resource.resource == "services") return members == 1 && json::write(status["loadBalancer"]) == "{}";
  if (resource.resource == "namespaces") return members == 1 && phase.text() == "Active";
  if (resource.resource == "persistentvolumeclaims") return members == 1 && phase.text() == "Pending";
  if (resource.resource == "persistentvolumes")
    return members == 2 && phase.text() == "Pending" && parse_instant(status["lastPhaseTransitionTime"].text());
  if (resource.resource == "pods")
    return members == 2 && phase.text() == "Pending" &&
           is_one_of(status["qosClass"], {"BestEffort", "Burstable", "Guaranteed"});
  return false;
}

}  // namespace

bool is_generated_name(std::string_view name, std::string_view generate_name) {
  const auto base = generate_name.substr(0, kMaxBase);
  return !base.empty() && name.size() == base.size() + kSuffixLength && name.starts_with(base) &&
         name.substr(base.size()).find_first_not_of(kSuffixCharacters) == std::string_view::npos;
}

std::string generated_name(std::string_view generate_name) {
  return std::string(generate_name.substr(0, kMaxBase)) + std::string(kSuffixLength, '*');
}

bool has_generated_name(const model::AdmissionRequest& request) {
  const Value& metadata = request.object["metadata"];
  const auto name = metadata["name"].text();
  // A subresource's object is not named by the server: its generateName says nothing.
  return request.operation == Operation::create && request.resource.subresource.empty() &&
         (request.name.empty() || request.name == name) && is_generated_name(name, metadata["generateName"].text());
}

void replace_server_made(const model::AdmissionRequest& request, Value& object) {
  const auto& resource = request.resource;
  if (!resource.subresource.empty()) return;
  const bool creates = request.operation == Operation::create;
  if (!creates && request.operation != Operation::update) return;

  if (resource.group.empty() && resource.resource == "services") replace_allocated(object, request.old_object);
  if (!creates) return;
  if (is_initial_status(resource, object["status"])) object.erase("status");
  if (resource.group.empty() && resource.resource == "pods") replace_token_volume_name(object);
  if (resource.group == "batch" && resource.resource == "jobs") replace_job_uid(object);
  if (has_generated_name(request)) replace_generated_name(resource, object);
}

}  // namespace sallyport::action
