#include "kube/discovery.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace sallyport::kube {
namespace {

constexpr std::string_view kAggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

bool has_status(const json::Value& resource) {
  return std::ranges::any_of(resource["subresources"].items(),
                             [](const json::Value& each) { return each["subresource"].text() == "status"; });
}

}  // namespace

Result<void> add_status_resources(const json::Value& list, std::set<std::string>& resources) {
  if (list["kind"].text() != "APIGroupDiscoveryList") {
    return fail(ErrorCode::bad_input, "the API server's discovery is not the aggregated one of apidiscovery.k8s.io/v2");
  }
  std::map<std::string, bool> found;
  for (const json::Value& group : list["items"].items()) {
    const std::string prefix = std::string(group["metadata"]["name"].text()) + "/";
    for (const json::Value& version : group["versions"].items()) {
      for (const json::Value& resource : version["resources"].items()) {
        const auto [place, is_new] = found.try_emplace(prefix + std::string(resource["resource"].text()), true);
        place->second = place->second && has_status(resource);
      }
    }
  }
  for (const auto& [resource, in_every_version] : found) {
    if (in_every_version) resources.insert(resource);
  }
  return {};
}

Awaitable<std::set<std::string>> read_status_resources(Api& api) {
  std::set<std::string> resources;
  for (const char* root : {"/api", "/apis"}) {
    ApiCall call = get(root);
    call.accept = kAggregated;
    const auto list = co_await api.send(std::move(call));
    if (!list) co_return fail(list.error());
    if (const auto added = add_status_resources(*list, resources); !added) co_return fail(added.error());
  }
  co_return resources;
}

}  // namespace sallyport::kube
