#include "policy/node_reach.hpp"

#include <string_view>
#include <utility>

#include "model/pod_baseline.hpp"

namespace sallyport::policy {
namespace {

using json::Value;
using model::baseline::allows;
using IsType = bool (Value::*)() const;

constexpr IsType kBool = &Value::is_bool;
constexpr IsType kNumber = &Value::is_number;
constexpr IsType kText = &Value::is_string;
constexpr IsType kList = &Value::is_array;
constexpr IsType kObject = &Value::is_object;

const Value kNull;

std::string in_quotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

// Goes through one pod and keeps the first thing that is outside.
class Inspection {
 public:
  std::optional<std::string> of_pod(const Value& metadata, const Value& spec) {
    if (can_read(spec, "spec", kObject)) look_at_spec(spec);
    if (can_read(metadata, "metadata", kObject)) look_at_annotations(read(metadata, "annotations", kObject));
    return std::move(outside_);
  }

 private:
  void say(const std::string& what) {
    if (!outside_) outside_ = subject_ + " " + what;
  }

  bool can_read(const Value& value, std::string_view name, IsType is_type) {
    if (value.is_null() || (value.*is_type)()) return true;
    say("has a member " + in_quotes(name) + " of another type than it should be");
    return false;
  }

  // Null where it is null or cannot be read, which is the same to whoever goes on: it has been said.
  const Value& read(const Value& object, std::string_view key, IsType is_type) {
    for (const auto& [other, value] : object.members()) {
      if (!model::baseline::is_near(other, key)) continue;
      say("has a member " + in_quotes(other) + ", which some take for " + in_quotes(key));
    }
    const Value& value = object[key];
    return can_read(value, key, is_type) ? value : kNull;
  }

  void look_at_spec(const Value& spec) {
    if (read(spec, "hostNetwork", kBool).truth()) say("uses its node's network (hostNetwork)");
    if (read(spec, "hostPID", kBool).truth()) say("sees its node's processes (hostPID)");
    if (read(spec, "hostIPC", kBool).truth()) say("uses its node's IPC (hostIPC)");
    const Value& host_users = read(spec, "hostUsers", kBool);
    has_own_users_ = !host_users.is_null() && !host_users.truth();
    look_at_volumes(read(spec, "volumes", kList));
    const Value& context = read(spec, "securityContext", kObject);
    look_at_common_context(context);
    look_at_sysctls(read(context, "sysctls", kList));
    look_at_containers(spec, "initContainers", "init container");
    look_at_containers(spec, "containers", "container");
    look_at_containers(spec, "ephemeralContainers", "ephemeral container");
  }

  void look_at_volumes(const Value& volumes) {
    for (const auto& volume : volumes.items()) {
      if (!can_read(volume, "volumes", kObject)) continue;
      if (!read(volume, "hostPath", kObject).is_null())
        say("mounts hostPath volume " + in_quotes(volume["name"].text()));
    }
  }

  void look_at_sysctls(const Value& sysctls) {
    for (const auto& sysctl : sysctls.items()) {
      if (!can_read(sysctl, "sysctls", kObject)) continue;
      const auto name = read(sysctl, "name", kText).text();
      if (!allows(model::baseline::kSysctls, name)) say("sets sysctl " + in_quotes(name));
    }
  }

  void look_at_containers(const Value& spec, std::string_view key, const std::string& kind) {
    for (const auto& container : read(spec, key, kList).items()) {
      if (!can_read(container, key, kObject)) continue;
      const auto name = container["name"].text();
      subject_ = name.empty() ? "a nameless " + kind : kind + " " + in_quotes(name);
      look_at_container(container);
      subject_ = "it";
    }
  }

  void look_at_container(const Value& container) {
    look_at_context(read(container, "securityContext", kObject));
    for (const auto& port : read(container, "ports", kList).items()) {
      if (can_read(port, "ports", kObject)) look_at_port(read(port, "hostPort", kNumber));
    }
    for (const std::string_view probe : {"livenessProbe", "readinessProbe", "startupProbe"}) {
      look_at_handler(read(container, probe, kObject), probe);
    }
    const Value& lifecycle = read(container, "lifecycle", kObject);
    for (const std::string_view hook : {"postStart", "preStop"}) look_at_handler(read(lifecycle, hook, kObject), hook);
  }

  void look_at_context(const Value& context) {
    if (read(context, "privileged", kBool).truth()) say("is privileged");
    for (const auto& capability : read(read(context, "capabilities", kObject), "add", kList).items()) {
      if (!can_read(capability, "add", kText)) continue;
      const auto name = capability.text();
      if (!allows(model::baseline::kCapabilities, name)) say("adds capability " + in_quotes(name));
    }
    const Value& proc_mount = read(context, "procMount", kText);
    if (!proc_mount.is_null() && !has_own_users_ && !allows(model::baseline::kProcMounts, proc_mount.text())) {
      say("has procMount " + in_quotes(proc_mount.text()));
    }
    look_at_common_context(context);
  }

  // What pods and containers both have.
  void look_at_common_context(const Value& context) {
    const Value& windows = read(context, "windowsOptions", kObject);
    if (read(windows, "hostProcess", kBool).truth()) say("is a process of its node (hostProcess)");
    look_at_profile(read(context, "seccompProfile", kObject), "seccomp");
    look_at_profile(read(context, "appArmorProfile", kObject), "AppArmor");

    const Value& se_linux = read(context, "seLinuxOptions", kObject);
    const auto type = read(se_linux, "type", kText).text();
    if (!allows(model::baseline::kSeLinuxTypes, type)) say("has SELinux type " + in_quotes(type));
    for (const std::string_view key : {"user", "role"}) {
      const auto value = read(se_linux, key, kText).text();
      if (!value.empty()) say("has SELinux " + std::string(key) + " " + in_quotes(value));
    }
  }

  void look_at_profile(const Value& profile, const std::string& of) {
    if (profile.is_null()) return;
    const auto type = read(profile, "type", kText).text();
    if (!allows(model::baseline::kProfileTypes, type)) say("has " + of + " profile " + in_quotes(type));
  }

  void look_at_port(const Value& host_port) {
    if (host_port.is_null() || host_port.integer() == 0) return;
    const auto number = host_port.integer();
    say("takes " + (number ? "port " + std::to_string(*number) : "a port") + " of its node (hostPort)");
  }

  void look_at_handler(const Value& handler, std::string_view name) {
    for (const std::string_view call : {"httpGet", "tcpSocket"}) {
      const auto host = read(read(handler, call, kObject), "host", kText).text();
      if (!host.empty()) say("has a " + std::string(name) + " that makes its node call " + in_quotes(host));
    }
  }

  void look_at_annotations(const Value& annotations) {
    for (const auto& [key, value] : annotations.members()) {
      if (!key.starts_with(model::baseline::kAppArmorAnnotation) || !can_read(value, key, kText)) continue;
      const auto profile = value.text();
      if (!model::baseline::allows_app_armor(profile)) {
        say("has AppArmor profile " + in_quotes(profile) + " by annotation " + in_quotes(key));
      }
    }
  }

  std::string subject_ = "it";
  bool has_own_users_ = false;
  std::optional<std::string> outside_;
};

}  // namespace

std::optional<std::string> outside_baseline(const json::Value& pod_metadata, const json::Value& pod_spec) {
  return Inspection().of_pod(pod_metadata, pod_spec);
}

}  // namespace sallyport::policy
