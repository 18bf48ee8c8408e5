#include "kube/lease.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "json/json.hpp"
#include "kube/paths.hpp"

namespace sallyport::kube {
namespace {

constexpr std::string_view kLabel = "sallyport.dev/replica";
constexpr std::string_view kKeysMissing = "sallyport.dev/keys-missing";
constexpr std::string_view kSince = "sallyport.dev/since";
constexpr std::string_view kForms = "sallyport.dev/forms";
constexpr std::string_view kVersion = "sallyport.dev/version";
constexpr std::string_view kNotReady = "sallyport.dev/not-ready";
constexpr std::string_view kCertificateEnds = "sallyport.dev/certificate-ends";
constexpr std::string_view kLogVolumeUsed = "sallyport.dev/log-volume-used-percent";
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

std::optional<unsigned> read_percent(std::string_view text) {
  unsigned percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return percent;
}

LeaseNotes read_notes(const json::Value& annotations) {
  const auto text = [&annotations](std::string_view name) { return std::string(annotations[name].text()); };
  return {.keys_missing = text(kKeysMissing),
          .since = text(kSince),
          .agents_seen = read_seen(annotations[kAgentsSeen].text()),
          .forms = model::parse_forms(annotations[kForms].text()),
          .version = text(kVersion),
          .not_ready = text(kNotReady),
          .certificate_ends = text(kCertificateEnds),
          .log_volume_used_pc = read_percent(annotations[kLogVolumeUsed].text())};
}

json::Value write_notes(const LeaseNotes& notes) {
  auto annotations = json::Value::object();
  const auto set = [&annotations](std::string_view name, const std::string& text) { annotations.set(name, text); };
  set(kKeysMissing, notes.keys_missing);
  set(kSince, notes.since);
  set(kForms, to_string(notes.forms));
  set(kAgentsSeen, write_seen(notes.agents_seen));
  set(kVersion, notes.version);
  set(kNotReady, notes.not_ready);
  set(kCertificateEnds, notes.certificate_ends);
  if (notes.log_volume_used_pc) set(kLogVolumeUsed, std::to_string(*notes.log_volume_used_pc));
  return annotations;
}

// By the owner of its fields, since the API server writes that time.
std::string written_at(const json::Value& metadata) {
  std::string last;
  for (const auto& entry : metadata["managedFields"].items()) {
    last = std::max(last, std::string(entry["time"].text()));
  }
  return last;
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
      .set("annotations", write_notes(notes));
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
    leases.push_back({.replica = std::string(item["spec"]["holderIdentity"].text()),
                      .renewed = std::string(item["spec"]["renewTime"].text()),
                      .uid = std::string(metadata["uid"].text()),
                      .resource_version = std::string(metadata["resourceVersion"].text()),
                      .written = written_at(metadata),
                      .notes = read_notes(metadata["annotations"])});
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
