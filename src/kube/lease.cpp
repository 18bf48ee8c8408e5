#include "kube/lease.hpp"

#include <cstdint>

#include "json/json.hpp"
#include "kube/paths.hpp"

namespace sallyport::kube {
namespace {

constexpr std::string_view kLabel = "sallyport.dev/replica";
constexpr std::string_view kKeysMissing = "sallyport.dev/keys-missing";
constexpr std::string_view kSince = "sallyport.dev/since";
constexpr std::string_view kForms = "sallyport.dev/forms";
constexpr std::string_view kAgentsSeen = "sallyport.dev/agents-seen";
constexpr std::int64_t kLeaseSeconds = 10;

using Seen = std::vector<std::pair<std::string, std::string>>;

std::string write_seen(const Seen& seen) {
  auto object = json::Value::object();
  for (const auto& [agent, at] : seen) object.set(agent, at);
  return json::write(object);
}

Seen read_seen(std::string_view text) {
  Seen seen;
  const auto object = json::parse(text, {.bytes = 1 << 16, .depth = 2, .values = 10'000});
  if (!object) return seen;
  for (const auto& [agent, at] : object->members()) seen.emplace_back(agent, at.text());
  return seen;
}

LeaseNotes read_notes(const json::Value& annotations) {
  return {std::string(annotations[kKeysMissing].text()), std::string(annotations[kSince].text()),
          read_seen(annotations[kAgentsSeen].text()), model::parse_forms(annotations[kForms].text())};
}

std::string path_of_lease(const std::string& namespace_name, const std::string& replica) {
  return path_of(kLeases, namespace_name, "replica-" + replica);
}

}  // namespace

Awaitable<void> renew_lease(Api& api, std::string namespace_name, std::string replica, Instant now, LeaseNotes notes) {
  auto metadata = json::Value::object();
  metadata.set("name", "replica-" + replica)
      .set("namespace", namespace_name)
      .set("labels", json::Value::object().set(std::string(kLabel), "true"))
      .set("annotations", json::Value::object()
                              .set(std::string(kKeysMissing), notes.keys_missing)
                              .set(std::string(kSince), notes.since)
                              .set(std::string(kForms), to_string(notes.forms))
                              .set(std::string(kAgentsSeen), write_seen(notes.agents_seen)));
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
                      std::string(metadata["uid"].text()), std::string(metadata["resourceVersion"].text()),
                      read_notes(metadata["annotations"])});
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
