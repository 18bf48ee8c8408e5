#include "kube/cluster.hpp"

#include <algorithm>
#include <utility>

#include "kube/paths.hpp"
#include "kube/role_holders.hpp"
#include "wire/names.hpp"
#include "wire/request.hpp"

namespace sallyport::kube {
namespace {

constexpr Duration kMostOffset = std::chrono::seconds(5);

// The answer to a write of ours. What was written but cannot be read back is no failure: it happened.
Result<model::ApprovalRequest> read_written(const json::Value& object) {
  auto request = wire::read_request(object);
  if (request) return request;
  return fail(ErrorCode::unknown_outcome, request.error().message());
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
  co_return co_await is_allowed(api_, std::move(reviewer), approving(key));
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

engine::Awaitable<std::vector<model::RoleHolder>> KubeCluster::read_role_holders(model::RoleName role) {
  co_return co_await kube::read_role_holders(api_, std::move(role));
}

void KubeCluster::announce(const model::ApprovalRequest& request, std::string reason, std::string note) {
  events_.push(request.key.namespace_name,
               write_event(request, reason, note, replica_, api_.clock().now(), announced_++));
}

std::optional<std::string> KubeCluster::why_not_ready() const {
  const auto offset = api_.clock_offset();
  if (!offset) return "the API server has not been reached yet";
  if (*offset > kMostOffset || *offset < -kMostOffset) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*offset).count();
    return "the API server's clock is " + std::to_string(seconds) + " s from this replica's";
  }
  return readiness_.why_not(api_.clock().steady());
}

Access approving(const model::RequestKey& request) {
  return {.verb = "approve",
          .group = std::string(kApprovalRequests.group),
          .version = std::string(kApprovalRequests.version),
          .resource = std::string(kApprovalRequests.plural),
          .namespace_name = request.namespace_name,
          .name = request.name};
}

Result<model::PodFacts> read_pod_facts(const json::Value& pod) {
  model::PodFacts facts{.uid = std::string(pod["metadata"]["uid"].text()),
                        .image_ids = {},
                        .service_account = std::string(pod["spec"]["serviceAccountName"].text())};
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
