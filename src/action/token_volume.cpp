#include "action/token_volume.hpp"

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "action/server_made.hpp"

namespace sallyport::action {
namespace {

using json::Value;

constexpr std::string_view kPrefix = "kube-api-access-";

Value object_of(std::initializer_list<json::Member> members) {
  return Value(Value::Object(members));
}

Value list_of(std::initializer_list<Value> items) {
  return Value(Value::Array(items));
}

// The projected volume as ServiceAccount admission writes it, but for its name.
Value token_volume(std::string_view name) {
  const Value token = object_of({{"expirationSeconds", 3607}, {"path", "token"}});
  const Value ca = object_of(
      {{"name", "kube-root-ca.crt"}, {"items", list_of({object_of({{"key", "ca.crt"}, {"path", "ca.crt"}})})}});
  const Value field = object_of({{"apiVersion", "v1"}, {"fieldPath", "metadata.namespace"}});
  const Value downward = object_of({{"items", list_of({object_of({{"path", "namespace"}, {"fieldRef", field}})})}});
  const Value sources = list_of({object_of({{"serviceAccountToken", token}}), object_of({{"configMap", ca}}),
                                 object_of({{"downwardAPI", downward}})});
  return object_of({{"name", name}, {"projected", object_of({{"sources", sources}, {"defaultMode", 420}})}});
}

// The name of the one volume that admission made; "" if there is none, or more than one has such a name.
std::string token_volume_name(const Value& spec) {
  std::string_view found;
  for (const Value& volume : spec["volumes"].items()) {
    const auto name = volume["name"].text();
    if (!name.starts_with(kPrefix)) continue;
    if (!found.empty() || !is_generated_name(name, kPrefix) || !(volume == token_volume(name))) return "";
    found = name;
  }
  return std::string(found);
}

using Change = std::function<void(Value& list)>;

// The pod's volumes, and each container's mounts.
void change_lists(Value& spec, const Change& change) {
  const auto change_list = [&change](Value* list) {
    if (list && list->is_array()) change(*list);
  };
  change_list(spec.find_mutable("volumes"));
  for (const std::string_view kind : {"containers", "initContainers", "ephemeralContainers"}) {
    Value* containers = spec.find_mutable(kind);
    if (!containers || !containers->is_array()) continue;
    for (Value& container : containers->mutable_items()) change_list(container.find_mutable("volumeMounts"));
  }
}

}  // namespace

void replace_token_volume_name(Value& pod) {
  Value* spec = pod.find_mutable("spec");
  const std::string name = spec ? token_volume_name(*spec) : "";
  if (name.empty()) return;
  const std::string mark = generated_name(kPrefix);
  change_lists(*spec, [&](Value& list) {
    for (Value& item : list.mutable_items()) {
      Value* found = item.find_mutable("name");
      if (found && found->text() == name) *found = mark;
    }
  });
}

void take_out_token_volume(Value& pod) {
  Value* spec = pod.find_mutable("spec");
  const std::string name = spec ? token_volume_name(*spec) : "";
  if (name.empty()) return;
  change_lists(*spec, [&](Value& list) {
    std::erase_if(list.mutable_items(), [&](const Value& item) { return item["name"].text() == name; });
  });
}

}  // namespace sallyport::action
