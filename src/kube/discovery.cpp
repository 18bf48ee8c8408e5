#include "kube/discovery.hpp"

#include <string>
#include <utility>

namespace sallyport::kube {
namespace {

constexpr auto kAggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
constexpr std::chrono::seconds kWithin{3};

std::vector<std::string> texts(const json::Value& list) {
  std::vector<std::string> read;
  for (const auto& item : list.items()) read.emplace_back(item.text());
  return read;
}

model::ServedResource read_resource(const json::Value& resource) {
  model::ServedResource read{.name = std::string(resource["resource"].text()),
                             .singular = std::string(resource["singularResource"].text()),
                             .namespaced = resource["scope"].text() == "Namespaced",
                             .parts = {}};
  for (const auto& part : resource["subresources"].items()) {
    read.parts.push_back({std::string(part["subresource"].text()), texts(part["verbs"])});
  }
  return read;
}

model::ServedVersion read_version(const json::Value& version) {
  model::ServedVersion read{.name = std::string(version["version"].text()),
                            .is_known = version["freshness"].text() != "Stale",
                            .resources = {}};
  for (const auto& resource : version["resources"].items()) read.resources.push_back(read_resource(resource));
  return read;
}

}  // namespace

Result<void> add_served(const json::Value& document, model::Served& served) {
  if (document["kind"].text() != "APIGroupDiscoveryList") {
    return fail(ErrorCode::bad_input, "the API server's discovery document is not an aggregated one");
  }
  for (const auto& group : document["items"].items()) {
    auto& versions = served.groups[std::string(group["metadata"]["name"].text())];
    for (const auto& version : group["versions"].items()) versions.push_back(read_version(version));
  }
  return {};
}

Awaitable<model::Served> read_served(Api& api) {
  model::Served served;
  for (const auto* path : {"/api", "/apis"}) {
    auto call = get(path);
    call.accept = kAggregated;
    call.within = kWithin;
    const auto document = co_await api.send(std::move(call));
    if (!document) co_return fail(document.error());
    if (const auto added = add_served(*document, served); !added) co_return fail(added.error());
  }
  co_return served;
}

}  // namespace sallyport::kube
