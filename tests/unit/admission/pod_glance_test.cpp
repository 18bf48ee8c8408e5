#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "policy/node_reach.hpp"
#include "unit/pod_cases.hpp"
#include "wire/admission.hpp"

// The quick look at a review's text against the judge of the whole pod: it may say "perhaps" of what is inside the Pod
// Security baseline, and must never miss what is outside.
namespace sallyport::admission {
namespace {

using json::Value;

// The objects that carry the pod where a pass over the text finds it.
std::vector<std::string> carriers_of(const std::string& metadata, const std::string& spec) {
  const auto pod = R"("metadata":)" + (metadata == "null" ? "{}" : metadata) + R"(,"spec":)" + spec;
  return {"{" + pod + "}", R"({"metadata":{"name":"x"},"spec":{"replicas":1,"selector":{},"template":{)" + pod + "}}}",
          R"({"spec":{"schedule":"@daily","jobTemplate":{"spec":{"backoffLimit":1,"template":{)" + pod + "}}}}}"};
}

std::string review_of(const std::string& object) {
  return R"({"kind":"AdmissionReview","request":{"uid":"u","object":)" + object + R"(,"oldObject":null}})";
}

enum class Glance { plain, beyond, unread };

// Unread: left to the full parse.
Glance glance_at(const std::string& object) {
  const auto fields = wire::read_selector_fields(review_of(object));
  if (!fields) return Glance::unread;
  return fields->beyond_baseline ? Glance::beyond : Glance::plain;
}

TEST(PodGlance, MissesNothingThatTheModuleRefuses) {
  int outside = 0;
  for (const auto& pod : pod_cases().pods) {
    if (pod.outside.empty()) continue;
    ++outside;
    for (const auto& object : carriers_of(json::write(pod.metadata), json::write(pod.spec))) {
      EXPECT_NE(glance_at(object), Glance::plain) << object;
    }
  }
  EXPECT_GT(outside, 500);
}

TEST(PodGlance, LetsPassWhatIsInsideAndWrittenAsUsual) {
  int plain = 0;
  for (const auto& pod : pod_cases().pods) {
    if (!pod.plain) continue;
    ++plain;
    for (const auto& object : carriers_of(json::write(pod.metadata), json::write(pod.spec))) {
      EXPECT_EQ(glance_at(object), Glance::plain) << object;
    }
  }
  EXPECT_GT(plain, 300);
}

// Changes a pod at random: a value for another one, a key for a similar one, or a member that another pod has.
class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {
    for (const auto& pod : pod_cases().pods) collect(pod.spec, parts_);
  }

  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  const PodCase& any_pod() { return pod_cases().pods[below(pod_cases().pods.size())]; }

  void change(Value& pod) {
    std::vector<Value*> places;
    collect(pod, places);
    Value& place = *places[below(places.size())];
    switch (below(4)) {
      case 0:
        place = any_scalar();
        return;
      case 1:
        place = any_part();
        return;
      case 2:
        if (place.is_object()) append(place, any_key(), below(2) == 0 ? any_part() : any_scalar());
        return;
      default:
        if (place.is_object() && !place.members().empty()) {
          respell(place.mutable_members()[below(place.members().size())].key);
        }
    }
  }

 private:
  static void collect(Value& value, std::vector<Value*>& places) {
    places.push_back(&value);
    if (value.is_object()) {
      for (auto& member : value.mutable_members()) collect(member.value, places);
    } else if (value.is_array()) {
      for (auto& item : value.mutable_items()) collect(item, places);
    }
  }
  static void collect(const Value& value, std::vector<const Value*>& places) {
    places.push_back(&value);
    for (const auto& member : value.members()) collect(member.value, places);
    for (const auto& item : value.items()) collect(item, places);
  }

  static void append(Value& object, std::string key, Value value) {
    if (object.find(key) == nullptr) object.set(key, std::move(value));
  }

  Value any_scalar() {
    const std::vector<Value> values = {nullptr,         true,          false, 0, 80, -1, 0.5, "", "x", "Unmasked",
                                       Value::object(), Value::array()};
    return values[below(values.size())];
  }

  const Value& any_part() { return *parts_[below(parts_.size())]; }

  std::string any_key() {
    static const std::vector<std::string> keys = {"hostNetwork",
                                                  "hostPID",
                                                  "hostUsers",
                                                  "securityContext",
                                                  "containers",
                                                  "volumes",
                                                  "hostPath",
                                                  "privileged",
                                                  "capabilities",
                                                  "add",
                                                  "ports",
                                                  "hostPort",
                                                  "lifecycle",
                                                  "preStop",
                                                  "httpGet",
                                                  "host",
                                                  "seccompProfile",
                                                  "type",
                                                  "sysctls",
                                                  "procMount",
                                                  "template",
                                                  "jobTemplate",
                                                  "livenessProbe",
                                                  "windowsOptions",
                                                  "hostProcess",
                                                  "user",
                                                  "name",
                                                  "annotations",
                                                  "brandNew",
                                                  "seLinuxOptions",
                                                  "container.apparmor.security.beta.kubernetes.io/app"};
    std::string key = keys[below(keys.size())];
    if (below(4) == 0) respell(key);
    return key;
  }

  void respell(std::string& key) {
    if (key.empty()) return;
    const auto at = below(key.size());
    if (key[at] == 's' && below(2) == 0) {
      key.replace(at, 1, "\u017f");
    } else if (key[at] == 'k' && below(2) == 0) {
      key.replace(at, 1, "\u212a");
    } else {
      key[at] = static_cast<char>(key[at] ^ 0x20);
    }
  }

  std::mt19937 random_;
  std::vector<const Value*> parts_;  // of all pods
};

TEST(PodGlance, MissesNothingThatTheJudgeRefuses) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Mutator mutator(seed);
  int outside = 0, inside = 0, unread = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto& pod_case = mutator.any_pod();
    Value pod = Value::object();
    pod.set("metadata", pod_case.metadata).set("spec", pod_case.spec);
    for (std::size_t changes = 1 + mutator.below(3); changes > 0; --changes) {
      if (pod.is_object()) mutator.change(pod);
    }
    const auto objects = carriers_of(json::write(pod["metadata"]), json::write(pod["spec"]));
    const auto& object = objects[mutator.below(objects.size())];
    if (!json::parse(review_of(object))) continue;  // a key stands twice: refused
    if (!policy::outside_baseline(pod["metadata"], pod["spec"])) {
      ++inside;
      continue;
    }
    ++outside;
    const auto glance = glance_at(object);
    ASSERT_NE(glance, Glance::plain) << object;
    unread += glance == Glance::unread;
  }
  EXPECT_GT(outside, 500);
  EXPECT_LT(unread, outside / 10);
  EXPECT_GT(inside, 200);
}

// Where the types of Kubernetes stand in a pod, and what one of them must hold to be inside.
struct Place {
  std::string around;  // "@": the object
  std::string members;
};
const std::map<std::string, std::vector<Place>> kPlaces = {
    {"PodSpec", {{"@", R"("containers":[])"}, {R"({"template":{"spec":@}})", ""}}},
    {"Volume", {{R"({"volumes":[@]})", ""}}},
    {"PodSecurityContext", {{R"({"securityContext":@})", ""}}},
    {"Sysctl", {{R"({"securityContext":{"sysctls":[@]}})", R"("name":"net.ipv4.tcp_rmem")"}}},
    {"Container", {{R"({"containers":[@]})", ""}, {R"({"initContainers":[@]})", ""}}},
    {"EphemeralContainer", {{R"({"ephemeralContainers":[@]})", ""}}},
    {"SecurityContext", {{R"({"containers":[{"securityContext":@}]})", ""}}},
    {"Capabilities", {{R"({"containers":[{"securityContext":{"capabilities":@}}]})", ""}}},
    {"SeccompProfile", {{R"({"securityContext":{"seccompProfile":@}})", R"("type":"Localhost")"}}},
    {"AppArmorProfile", {{R"({"securityContext":{"appArmorProfile":@}})", R"("type":"Localhost")"}}},
    {"SELinuxOptions", {{R"({"securityContext":{"seLinuxOptions":@}})", R"("type":"container_t")"}}},
    {"WindowsSecurityContextOptions", {{R"({"securityContext":{"windowsOptions":@}})", ""}}},
    {"ContainerPort", {{R"({"containers":[{"ports":[@]}]})", ""}}},
    {"Probe", {{R"({"containers":[{"startupProbe":@}]})", ""}}},
    {"Lifecycle", {{R"({"containers":[{"lifecycle":@}]})", ""}}},
    {"LifecycleHandler", {{R"({"containers":[{"lifecycle":{"preStop":@}}]})", ""}}},
    {"HTTPGetAction", {{R"({"containers":[{"livenessProbe":{"httpGet":@}}]})", ""}}},
    {"TCPSocketAction", {{R"({"containers":[{"livenessProbe":{"tcpSocket":@}}]})", ""}}},
};
// What is not plainly inside whatever it holds.
const std::set<std::string> kNever = {"Volume hostPath",      "ContainerPort hostPort", "HTTPGetAction host",
                                      "TCPSocketAction host", "SELinuxOptions user",    "SELinuxOptions role"};

std::string value_of(const std::string& field, const std::string& type) {
  if (field == "seccompProfile" || field == "appArmorProfile") return R"({"type":"RuntimeDefault"})";
  if (field == "procMount") return R"("Default")";
  if (type == "boolean") return "false";
  if (type == "integer") return "1";
  if (type == "string") return R"("x")";
  return type.starts_with("[]") ? "[]" : "{}";
}

Glance glance_at(const Place& place, const std::string& member) {
  const auto joint = place.members.empty() || member.empty() ? "" : ",";
  auto spec = place.around;
  spec.replace(spec.find('@'), 1, "{" + place.members + joint + member + "}");
  return glance_at(R"({"spec":)" + spec + "}");
}

TEST(PodGlance, KnowsAllFieldsOfEachPinnedMinorVersion) {
  int fields = 0;
  for (const auto& line : lines_of(test_file("data/kubernetes_fields.gz"))) {
    // field core.v1.PodSpec hostUsers boolean 1.32-
    std::vector<std::string> words;
    for (std::size_t at = 0, end = 0; end != std::string::npos; at = end + 1) {
      end = line.find(' ', at);
      words.push_back(line.substr(at, end - at));
    }
    if (words.size() != 5 || words[0] != "field" || !words[1].starts_with("core.v1.")) continue;
    const auto type = words[1].substr(8);
    const auto places = kPlaces.find(type);
    if (places == kPlaces.end()) continue;
    for (const auto& place : places->second) {
      if (place.members.contains('"' + words[2] + '"')) continue;
      const auto member = '"' + words[2] + "\":" + value_of(words[2], words[3]);
      const bool never = kNever.contains(type + " " + words[2]);
      EXPECT_EQ(glance_at(place, member), never ? Glance::beyond : Glance::plain) << line;
      ++fields;
    }
  }
  EXPECT_GT(fields, 180);
}

TEST(PodGlance, WhatItDoesNotKnowIsNotPlain) {
  for (const auto& [type, places] : kPlaces) {
    for (const auto& place : places) {
      EXPECT_EQ(glance_at(place, ""), Glance::plain) << type;
      EXPECT_EQ(glance_at(place, R"("brandNew":1)"), Glance::beyond) << type;
    }
  }
}

}  // namespace
}  // namespace sallyport::admission
