#include "effects/pod_carrier.hpp"

#include <algorithm>
#include <array>

#include "effects/line.hpp"
#include "json/json.hpp"
#include "model/pod_baseline.hpp"

namespace sallyport::effects {
namespace {

struct PodCarrier {
  std::string_view group;
  std::string_view resource;
  std::string_view path;  // of the pod in an object; "": the object is one
};
constexpr std::array<PodCarrier, 10> kCarriers = {{{"", "pods", ""},
                                                   {"", "podtemplates", "template"},
                                                   {"", "replicationcontrollers", "spec.template"},
                                                   {"apps", "controllerrevisions", "data.spec.template"},
                                                   {"apps", "deployments", "spec.template"},
                                                   {"apps", "replicasets", "spec.template"},
                                                   {"apps", "statefulsets", "spec.template"},
                                                   {"apps", "daemonsets", "spec.template"},
                                                   {"batch", "jobs", "spec.template"},
                                                   {"batch", "cronjobs", "spec.jobTemplate.spec.template"}}};
constexpr std::array<std::string_view, 3> kContainerLists = {"containers", "initContainers", "ephemeralContainers"};

const PodCarrier* find_carrier(const model::Resource& resource) {
  const auto* found = std::ranges::find_if(kCarriers, [&](const PodCarrier& carrier) {
    return carrier.group == resource.group && carrier.resource == resource.resource;
  });
  return found == kCarriers.end() ? nullptr : found;
}

bool speaks_of_secret(std::string_view key) {
  return key.contains("secret") || key.contains("Secret");
}

void add_use(std::string_view user, std::string_view key, const json::Value& value, std::set<std::string>& uses) {
  if (value.is_array()) {
    for (const auto& item : value.items()) add_use(user, key, item, uses);
  } else if (!value.is_null()) {
    uses.insert(std::string(user) + " " + std::string(key) + " " + json::write_canonical(value));
  }
}

void find_uses(std::string_view user, const json::Value& value, std::set<std::string>& uses) {
  for (const auto& item : value.items()) find_uses(user, item, uses);
  for (const auto& member : value.members()) {
    if (speaks_of_secret(member.key)) {
      add_use(user, member.key, member.value, uses);
    } else {
      find_uses(user, member.value, uses);
    }
  }
}

// A container that comes to use what another one uses already is a new use as well.
void add_container_uses(const json::Value& container, const std::set<std::string>& volumes,
                        std::set<std::string>& uses) {
  const auto name = container["name"].text();
  find_uses(name, container, uses);
  for (const std::string_view list : {"volumeMounts", "volumeDevices"}) {
    for (const auto& mount : container[list].items()) {
      const std::string volume(mount["name"].text());
      if (volumes.contains(volume)) uses.insert(std::string(name) + " mounts " + volume);
    }
  }
}

}  // namespace

std::set<std::string> secret_volumes(const json::Value& pod_spec) {
  std::set<std::string> names;
  for (const auto& volume : pod_spec["volumes"].items()) {
    std::set<std::string> uses;
    find_uses("", volume, uses);
    if (!uses.empty()) names.emplace(volume["name"].text());
  }
  return names;
}

bool carries_pod(const model::Resource& resource) {
  return find_carrier(resource) != nullptr;
}

bool shows_pod_at_a_glance(const model::Resource& resource) {
  const auto* carrier = find_carrier(resource);
  return carrier != nullptr && (carrier->path.empty() || carrier->path.starts_with("spec"));
}

const json::Value& pod_of(const model::Resource& resource, const json::Value& object) {
  static const json::Value kNone;
  const auto* carrier = find_carrier(resource);
  if (carrier == nullptr) return kNone;
  const auto* pod = &object;
  for (const auto step : split(carrier->path, '.')) pod = &(*pod)[step];
  return *pod;
}

std::string respelled_key(const model::Resource& resource, const json::Value& object) {
  const auto* carrier = find_carrier(resource);
  if (carrier == nullptr || !carrier->path.starts_with("data.")) return "";
  const auto taken_for = [](const json::Value& value, std::string_view step) -> std::string {
    for (const auto& [key, inner] : value.members()) {
      if (model::baseline::is_near(key, step)) return key;
    }
    return "";
  };
  const auto* at = &object["data"];
  for (const auto step : split(carrier->path.substr(5), '.')) {
    if (auto key = taken_for(*at, step); !key.empty()) return key;
    at = &(*at)[step];
  }
  for (const std::string_view step : {"spec", "metadata"}) {
    if (auto key = taken_for(*at, step); !key.empty()) return key;
  }
  for (const std::string_view step : {"serviceAccountName", "serviceAccount"}) {
    if (auto key = taken_for((*at)["spec"], step); !key.empty()) return key;
  }
  return "";
}

const json::Value& pod_spec_of(const model::Resource& resource, const json::Value& object) {
  return pod_of(resource, object)["spec"];
}

const json::Value& pod_spec_in(const json::Value& object) {
  static const json::Value none;
  const auto& spec = object["spec"];
  for (const auto* found : {&spec["jobTemplate"]["spec"]["template"]["spec"], &spec["template"]["spec"],
                            &object["template"]["spec"], &spec}) {
    if (found->find("containers") != nullptr) return *found;
  }
  return none;
}

std::vector<std::string_view> accounts_of(const json::Value& pod_spec) {
  std::vector<std::string_view> names;
  for (const std::string_view key : {"serviceAccountName", "serviceAccount"}) {
    const auto name = pod_spec[key].text();
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  if (names.empty()) names.emplace_back("default");
  return names;
}

std::set<std::string> secret_uses(const json::Value& pod_spec) {
  std::set<std::string> uses;
  find_uses("", pod_spec, uses);
  const auto volumes = secret_volumes(pod_spec);
  for (const std::string_view list : kContainerLists) {
    for (const auto& container : pod_spec[list].items()) add_container_uses(container, volumes, uses);
  }
  return uses;
}

}  // namespace sallyport::effects
