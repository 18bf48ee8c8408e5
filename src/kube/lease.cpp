#include "kube/lease.hpp"

#include <cstdint>

#include "kube/paths.hpp"

namespace sallyport::kube {
namespace {

constexpr std::string_view kLabel = "sallyport.dev/replica";
constexpr std::int64_t kLeaseSeconds = 10;

std::string path_of_lease(const std::string& namespace_name, const std::string& replica) {
  return path_of(kLeases, namespace_name, "replica-" + replica);
}

}  // namespace

Awaitable<void> renew_lease(Api& api, std::string namespace_name, std::string replica, Instant now) {
  auto metadata = json::Value::object();
  metadata.set("name", "replica-" + replica)
      .set("namespace", namespace_name)
      .set("labels", json::Value::object().set(std::string(kLabel), "true"));
  auto lease = json::Value::object();
  lease.set("apiVersion", "coordination.k8s.io/v1").set("kind", "Lease").set("metadata", std::move(metadata));
  lease.set("spec", json::Value::object()
                        .set("holderIdentity", replica)
                        .set("leaseDurationSeconds", kLeaseSeconds)
                        .set("renewTime", format_instant(now)));
  const auto renewed = co_await api.send(server_side_apply(path_of_lease(namespace_name, replica), lease));
  if (!renewed) co_return fail(renewed.error());
  co_return Result<void>{};
}

Awaitable<std::vector<Lease>> list_leases(Api& api, std::string namespace_name) {
  const auto list = co_await api.send(
      get(path_of(kLeases, namespace_name) + "?labelSelector=" + escape(std::string(kLabel) + "=true")));
  if (!list) co_return fail(list.error());
  std::vector<Lease> leases;
  for (const auto& item : (*list)["items"].items()) {
    const auto& metadata = item["metadata"];
    leases.push_back({std::string(item["spec"]["holderIdentity"].text()), std::string(item["spec"]["renewTime"].text()),
                      std::string(metadata["uid"].text()), std::string(metadata["resourceVersion"].text())});
  }
  co_return leases;
}

Awaitable<void> remove_lease(Api& api, std::string namespace_name, Lease lease) {
  auto options = json::Value::object();
  options.set("apiVersion", "v1").set("kind", "DeleteOptions");
  if (!lease.resource_version.empty()) {
    options.set("preconditions",
                json::Value::object().set("uid", lease.uid).set("resourceVersion", lease.resource_version));
  }
  const auto removed = co_await api.send(remove(path_of_lease(namespace_name, lease.replica), options));
  if (!removed && removed.error().code() != ErrorCode::not_found) co_return fail(removed.error());
  co_return Result<void>{};
}

}  // namespace sallyport::kube
