#include "kube/shipped.hpp"

#include <algorithm>
#include <utility>

#include "json/json.hpp"
#include "json/path.hpp"

namespace sallyport::kube {
namespace {

std::string_view kind_of(const Collection& collection) {
  if (collection.plural == kValidatingWebhooks.plural) return "ValidatingWebhookConfiguration";
  if (collection.plural == kMutatingWebhooks.plural) return "MutatingWebhookConfiguration";
  if (collection.plural == kAdmissionPolicies.plural) return "ValidatingAdmissionPolicy";
  return "ValidatingAdmissionPolicyBinding";
}

// What the program puts there, and what a cloud may: neither counts.
json::Value as_installed(const json::Value& live, const json::Value& installed, const ShippedGate& gate) {
  if (!live.is_array()) return live;
  auto webhooks = live;
  std::size_t number = 0;
  for (auto& webhook : webhooks.mutable_items()) {
    if (auto* client = webhook.find_mutable("clientConfig")) {
      client->erase("caBundle");
      if (auto* service = client->find_mutable("service")) service->erase("path");
    }
    const auto& expected = installed.items();
    for (const auto& [field, value] : gate.tolerated) {
      if (number < expected.size() && webhook[field] == value) webhook.set(field, expected[number][field]);
    }
    ++number;
  }
  return webhooks;
}

// One operation for each member that differs; `place` is where the two stand.
void mend_members(json::Value& patch, const std::string& place, const json::Value& expected, const json::Value& live) {
  const auto add = [&](std::string_view op, const std::string& key, const json::Value* value) {
    auto operation = json::Value::object().set("op", op).set("path", place + "/" + key);
    if (value != nullptr) operation.set("value", *value);
    patch.push(std::move(operation));
  };
  for (const auto& [key, value] : expected.members()) {
    if (live[key] != value) add("add", key, &value);
  }
  for (const auto& [key, value] : live.members()) {
    if (expected.find(key) == nullptr) add("remove", key, nullptr);
  }
}

bool same_names(const json::Value& expected, const json::Value& live) {
  return std::ranges::equal(expected.items(), live.items(),
                            [](const auto& a, const auto& b) { return a["name"] == b["name"]; });
}

std::string remedy_for_changed(const ShippedPart& part, const json::Value& live) {
  return "kubectl patch " + std::string(part.collection.plural) + " " + part.name + " --type=json -p " +
         shell_quoted(json::write(mending_patch(part, live)));
}

// The pointers are in find_drift's frame, or its caller's.
Awaitable<std::optional<Drift>> look_at(Api& api, const ShippedPart* part, const ShippedGate* gate) {
  const auto name = std::string(kind_of(part->collection)) + " " + part->name;
  const auto live = co_await api.send(get(path_of(part->collection, {}, part->name)));
  if (!live && live.error().code() == ErrorCode::not_found) {
    co_return std::optional(
        Drift{part, name + " does not exist", reinstall_command(gate->release, gate->namespace_name)});
  }
  if (!live) co_return fail(live.error().while_doing("reading " + name));
  if (!(*live)["metadata"]["deletionTimestamp"].is_null()) {
    co_return std::optional(
        Drift{part, name + " is being deleted", reinstall_command(gate->release, gate->namespace_name)});
  }
  const auto where = difference(*part, *gate, *live);
  if (!where) co_return std::optional<Drift>();
  co_return std::optional(
      Drift{part, name + " is not as installed: " + *where + " differs", remedy_for_changed(*part, *live)});
}

}  // namespace

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string reinstall_command(const std::string& release, const std::string& namespace_name) {
  return "helm get manifest " + release + " --namespace " + namespace_name +
         " | kubectl apply --server-side --force-conflicts --field-manager=helm -f -";
}

std::optional<std::string> difference(const ShippedPart& part, const ShippedGate& gate, const json::Value& live) {
  // Its owner's end would be its own.
  if (!live["metadata"]["ownerReferences"].items().empty()) return "metadata.ownerReferences";
  const auto content = as_installed(live[part.member], part.content, gate);
  if (content == part.content) return std::nullopt;
  const auto changes = json::diff(part.content, content);
  const auto place = changes.empty() ? std::string() : to_string(changes.front().path);
  if (place.empty()) return std::string(part.member);
  return std::string(part.member) + (place.starts_with('[') ? "" : ".") + place;
}

json::Value mending_patch(const ShippedPart& part, const json::Value& live) {
  auto patch = json::Value::array();
  if (live["metadata"].find("ownerReferences") != nullptr) {
    patch.push(json::Value::object().set("op", "remove").set("path", "/metadata/ownerReferences"));
  }
  const std::string root = "/" + std::string(part.member);
  const json::Value& stands = live[part.member];
  if (!part.content.is_array() && stands.is_object()) {
    mend_members(patch, root, part.content, stands);
  } else if (part.content.is_array() && same_names(part.content, stands)) {
    const auto installed = as_installed(stands, part.content, {});
    for (std::size_t i = 0; i < part.content.items().size(); ++i) {
      mend_members(patch, root + "/" + std::to_string(i), part.content.items()[i], installed.items()[i]);
    }
  } else {
    patch.push(json::Value::object().set("op", "add").set("path", root).set("value", part.content));
  }
  return patch;
}

Awaitable<std::vector<Drift>> find_drift(Api& api, const ShippedGate* gate) {
  std::vector<Drift> found;
  for (const auto& part : gate->parts) {
    auto drift = co_await look_at(api, &part, gate);
    if (!drift) co_return fail(drift.error());
    if (*drift) found.push_back(std::move(**drift));
  }
  co_return found;
}

}  // namespace sallyport::kube
