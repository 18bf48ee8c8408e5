#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "action/describe.hpp"
#include "action/escape.hpp"
#include "json/json.hpp"

// Whatever stands in an admission: describing it never crashes, does not depend on the order of keys, and gives people
// nothing that steers their terminal. Input: operation, resource, flags (a byte each), then the object, the old object
// and the options as JSON, parted by NUL bytes.
namespace {

using namespace sallyport;
using json::Value;

const std::array<model::Resource, 8> kResources = {{{"", "v1", "pods", ""},
                                                    {"", "v1", "services", ""},
                                                    {"", "v1", "secrets", ""},
                                                    {"", "v1", "pods", "exec"},
                                                    {"", "v1", "namespaces", ""},
                                                    {"batch", "v1", "jobs", ""},
                                                    {"apps", "v1", "deployments", ""},
                                                    {"rbac.authorization.k8s.io", "v1", "roles", ""}}};

Value reversed(const Value& value) {
  if (value.is_array()) {
    Value::Array items;
    for (const Value& item : value.items()) items.push_back(reversed(item));
    return items;
  }
  if (!value.is_object()) return value;
  Value::Object members;
  for (const auto& [key, member] : value.members()) members.push_back({key, reversed(member)});
  std::ranges::reverse(members);
  return members;
}

Value next_value(std::string_view& rest) {
  const auto end = std::min(rest.find('\0'), rest.size());
  auto value = json::parse(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return value ? std::move(*value) : Value();
}

model::AdmissionRequest make_request(std::string_view bytes) {
  model::AdmissionRequest request;
  request.operation = static_cast<model::Operation>(static_cast<std::uint8_t>(bytes[0]) % 4);
  request.resource = kResources[static_cast<std::uint8_t>(bytes[1]) % kResources.size()];
  request.user.username = "agent";
  auto rest = bytes.substr(3);
  request.object = next_value(rest);
  request.old_object = next_value(rest);
  request.options = next_value(rest);
  return request;
}

action::DescribeContext make_context(std::uint8_t flags, const Secret& key) {
  action::DescribeContext context{.cluster_id = "c", .namespace_uid = "n", .hash_key = key};
  const auto pattern = [](std::string_view text) { return json::PathPattern::parse(text).value(); };
  context.ignore_builtin = flags & 1;
  if (flags & 2) context.parent_uid = "p";
  if (flags & 4) context.ignored_fields = {pattern("spec.a"), pattern("metadata.annotations.x"), pattern("l[*].x")};
  if (flags & 8) context.changed_fields = {pattern("spec.containers[*].image")};
  if (flags & 16) context.pod = model::PodFacts{.uid = "p", .image_ids = {"i"}};
  return context;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void require_safe(std::string_view text) {
  require(action::escape_for_people(text) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  static const Secret key("key");
  auto request = make_request({reinterpret_cast<const char*>(data), size});
  const auto context = make_context(data[2], key);
  const auto described = action::describe(request, context);
  const auto& record = described.record;

  require_safe(record.summary);
  require_safe(described.reason);
  require_safe(record.kubernetes()->options);
  require(record.summary.size() <= 160 && record.changes.size() <= 256);
  for (const auto& change : record.changes) {
    require_safe(change.path);
    require_safe(change.from.value_or(""));
    require_safe(change.to.value_or(""));
    require(!change.redacted || (!change.from && !change.to));
  }

  request.object = reversed(request.object);
  request.old_object = reversed(request.old_object);
  request.options = reversed(request.options);
  require(action::describe(request, context).record.digest == record.digest);
  return 0;
}
