#include "whatif/action_sketch.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sallyport::whatif {
namespace {

using model::Operation;

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kParts = {{
    {"Binding", "pods/binding"},
    {"Endpoints", "endpoints"},
    {"Eviction", "pods/eviction"},
    {"NodeProxyOptions", "nodes/proxy"},
    {"PodAttachOptions", "pods/attach"},
    {"PodExecOptions", "pods/exec"},
    {"PodPortForwardOptions", "pods/portforward"},
    {"PodProxyOptions", "pods/proxy"},
    {"ServiceProxyOptions", "services/proxy"},
    {"TokenRequest", "serviceaccounts/token"},
}};

constexpr std::array<std::string_view, 29> kClusterKinds = {
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterApprovalPolicy",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "DeviceClass",
    "FlowSchema",
    "IPAddress",
    "IngressClass",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "NodeProxyOptions",
    "PersistentVolume",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "ResourceSlice",
    "RuntimeClass",
    "ServiceCIDR",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
};

// "apps/v1" and "deployments.apps/scale" together.
model::Resource resource_of(std::string_view api_version, std::string_view text) {
  auto resource = model::parse_resource(text);
  const auto slash = api_version.find('/');
  resource.version = slash == std::string_view::npos ? api_version : api_version.substr(slash + 1);
  if (resource.version.empty()) resource.version = "v1";
  return resource;
}

Operation operation_of(const ActionSketch& sketch, const model::Resource& resource) {
  constexpr std::array<std::string_view, 4> kConnected = {"attach", "exec", "portforward", "proxy"};
  if (sketch.operation) return *sketch.operation;
  if (std::ranges::find(kConnected, resource.subresource) != kConnected.end()) return Operation::connect;
  if (sketch.was.is_null()) return Operation::create;
  return sketch.manifest.is_null() ? Operation::del : Operation::update;
}

std::string namespace_of(const ActionSketch& sketch, const json::Value& object, std::string_view kind) {
  const auto written = object["metadata"]["namespace"].text();
  if (sketch.namespace_name) return *sketch.namespace_name;
  if (!written.empty()) return std::string(written);
  return is_cluster_kind(kind) ? "" : "default";
}

}  // namespace

std::string usual_resource(std::string_view kind) {
  for (const auto& [of_part, resource] : kParts) {
    if (of_part == kind) return std::string(resource);
  }
  std::string name(kind);
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (name.ends_with('s') || name.ends_with("x") || name.ends_with("ch")) return name + "es";
  if (name.ends_with('y') && !name.ends_with("ay") && !name.ends_with("ey")) {
    name.pop_back();
    return name + "ies";
  }
  return name + "s";
}

bool is_cluster_kind(std::string_view kind) {
  return std::ranges::find(kClusterKinds, kind) != kClusterKinds.end();
}

Result<model::AdmissionRequest> admission_of(ActionSketch sketch) {
  const auto& object = sketch.manifest.is_null() ? sketch.was : sketch.manifest;
  const std::string kind(object["kind"].text());
  const auto api_version = object["apiVersion"].text();
  if (sketch.resource.empty() && (kind.empty() || api_version.empty())) {
    return fail(ErrorCode::bad_input, "a manifest needs apiVersion and kind");
  }
  model::AdmissionRequest request;
  request.kind = kind;
  const auto resource = sketch.resource.empty() ? usual_resource(kind) : sketch.resource;
  request.resource = resource_of(api_version, resource);
  const bool is_part = !request.resource.subresource.empty();
  if (sketch.resource.empty() && !is_part) {
    const auto slash = api_version.find('/');
    if (slash != std::string_view::npos) request.resource.group = api_version.substr(0, slash);
  }
  request.operation = operation_of(sketch, request.resource);
  request.namespace_name = namespace_of(sketch, object, kind);
  request.name = sketch.name.empty() ? std::string(object["metadata"]["name"].text()) : sketch.name;
  // The API server puts a Namespace into itself.
  if (request.resource.group.empty() && request.resource.resource == "namespaces")
    request.namespace_name = request.name;
  request.user = std::move(sketch.user);
  if (request.operation == Operation::del) {
    request.old_object = sketch.was.is_null() ? std::move(sketch.manifest) : std::move(sketch.was);
  } else {
    request.object = std::move(sketch.manifest);
    request.old_object = std::move(sketch.was);
  }
  if (request.operation == Operation::update && (request.object.is_null() || request.old_object.is_null())) {
    return fail(ErrorCode::bad_input, "an UPDATE needs the object as it was and as it will be");
  }
  return request;
}

}  // namespace sallyport::whatif
