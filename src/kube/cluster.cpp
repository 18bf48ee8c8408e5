#include "kube/cluster.hpp"

#include <algorithm>
#include <utility>

#include "kube/paths.hpp"
#include "wire/names.hpp"
#include "wire/request.hpp"

namespace sallyport::kube {
namespace {

constexpr Duration kMostOffset = std::chrono::seconds(5);

// The answer to a write of ours. What was written but can not be read back is no failure: it happened.
Result<model::ApprovalRequest> read_written(const json::Value& object) {
  auto request = wire::read_request(object);
  if (request) return request;
  return fail(ErrorCode::unknown_outcome, request.error().message());
}

Duration steady_now() {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

std::string path_of_request(const model::RequestKey& key, std::string_view subresource = {}) {
  return path_of(kApprovalRequests, key.namespace_name, key.name, subresource);
}

}  // namespace

engine::Awaitable<model::ApprovalRequest> KubeCluster::read_request(model::RequestKey key) {
  const auto object = co_await api_.send(get(path_of_request(key)));
  if (!object) co_return fail(object.error());
  co_return wire::read_request(*object);
}

engine::Awaitable<model::ApprovalRequest> KubeCluster::create_request(model::RequestKey key, model::RequestSpec spec) {
  const std::string path = path_of(kApprovalRequests, key.namespace_name);
  const auto object = co_await api_.send(create(path, wire::write_request(key, spec)));
  if (!object) co_return fail(object.error());
  co_return read_written(*object);
}

engine::Awaitable<model::ApprovalRequest> KubeCluster::replace_status(model::ApprovalRequest base,
                                                                      model::RequestStatus status) {
  const std::string path = path_of_request(base.key, "status");
  const auto object = co_await api_.send(replace(path, wire::write_status(base, status)));
  if (!object) co_return fail(object.error());
  co_return read_written(*object);
}

engine::Awaitable<void> KubeCluster::delete_request(model::ApprovalRequest base) {
  json::Value preconditions;
  preconditions.set("uid", base.uid);
  preconditions.set("resourceVersion", base.resource_version);
  json::Value options;
  options.set("apiVersion", "v1");
  options.set("kind", "DeleteOptions");
  options.set("preconditions", std::move(preconditions));
  const auto deleted = co_await api_.send(remove(path_of_request(base.key), options));
  if (!deleted) co_return fail(deleted.error());
  co_return Result<void>{};
}

engine::Awaitable<bool> KubeCluster::may_approve(model::User reviewer, model::RequestKey key) {
  ApiCall call = create(path_of(kSubjectAccessReviews), write_access_review(reviewer, key));
  call.effect = Effect::none;  // it asks, and makes nothing
  const auto review = co_await api_.send(std::move(call));
  if (!review) {
    // Nothing was changed, whatever the transport says of a POST.
    const bool unknown = review.error().code() == ErrorCode::unknown_outcome;
    co_return fail(unknown ? Error(ErrorCode::unavailable, review.error().message()) : review.error());
  }
  const json::Value& status = (*review)["status"];
  co_return status["allowed"].truth() && !status["denied"].truth();
}

engine::Awaitable<model::PodFacts> KubeCluster::read_pod(std::string namespace_name, std::string name) {
  const auto pod = co_await api_.send(get(path_of(kPods, namespace_name, name)));
  if (!pod) co_return fail(pod.error());
  co_return read_pod_facts(*pod);
}

engine::Awaitable<std::string> KubeCluster::read_uid(model::Resource resource, std::string namespace_name,
                                                     std::string name) {
  const Collection collection{resource.group, resource.version, resource.resource};
  const auto object = co_await api_.send(get(path_of(collection, namespace_name, name)));
  if (!object) co_return fail(object.error());
  const auto uid = (*object)["metadata"]["uid"].text();
  if (uid.empty()) co_return fail(ErrorCode::bad_input, "the object has no uid");
  co_return std::string(uid);
}

void KubeCluster::announce(const model::ApprovalRequest& request, std::string reason, std::string note) {
  const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  events_.push(request.key.namespace_name, write_event(request, reason, note, replica_, now, announced_++));
}

std::optional<std::string> KubeCluster::why_not_ready() const {
  const auto offset = api_.clock_offset();
  if (!offset) return "the API server has not been reached yet";
  if (*offset > kMostOffset || *offset < -kMostOffset) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*offset).count();
    return "the API server's clock is " + std::to_string(seconds) + " s from this replica's";
  }
  return readiness_.why_not(steady_now());
}

json::Value write_access_review(const model::User& reviewer, const model::RequestKey& key) {
  json::Value attributes;
  attributes.set("namespace", key.namespace_name);
  attributes.set("verb", "approve");
  attributes.set("group", kApprovalRequests.group);
  attributes.set("version", kApprovalRequests.version);
  attributes.set("resource", kApprovalRequests.plural);
  attributes.set("name", key.name);
  json::Value spec;
  spec.set("resourceAttributes", std::move(attributes));
  spec.set("user", reviewer.username);
  spec.set("uid", reviewer.uid);
  spec.set("groups", json::Value::Array(reviewer.groups.begin(), reviewer.groups.end()));
  json::Value review;
  review.set("apiVersion", "authorization.k8s.io/v1");
  review.set("kind", "SubjectAccessReview");
  review.set("spec", std::move(spec));
  return review;
}

Result<model::PodFacts> read_pod_facts(const json::Value& pod) {
  model::PodFacts facts{.uid = std::string(pod["metadata"]["uid"].text()), .image_ids = {}};
  if (facts.uid.empty()) return fail(ErrorCode::bad_input, "the pod has no uid");
  const json::Value& status = pod["status"];
  for (const std::string_view list : {"initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"}) {
    for (const json::Value& container : status[list].items()) {
      if (const auto image = container["imageID"].text(); !image.empty()) facts.image_ids.emplace_back(image);
    }
  }
  std::ranges::sort(facts.image_ids);
  return facts;
}

}  // namespace sallyport::kube
