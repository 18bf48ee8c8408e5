#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

// Which values the Pod Security Standard "baseline" (its latest version) allows where it does not allow all. The judge
// of a whole pod (policy/node_reach.hpp) and the quick look at its text (wire/pod_glance.hpp) go by the same ones.
namespace sallyport::model::baseline {

using Values = std::span<const std::string_view>;

inline constexpr auto kCapabilities =
    std::to_array<std::string_view>({"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
                                     "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"});
inline constexpr auto kProcMounts = std::to_array<std::string_view>({"Default"});
// Of seccomp and AppArmor alike.
inline constexpr auto kProfileTypes = std::to_array<std::string_view>({"RuntimeDefault", "Localhost"});
inline constexpr auto kSeLinuxTypes =
    std::to_array<std::string_view>({"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"});
inline constexpr auto kSysctls = std::to_array<std::string_view>(
    {"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",
     "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range", "net.ipv4.tcp_fin_timeout",
     "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time",
     "net.ipv4.tcp_rmem", "net.ipv4.tcp_syncookies", "net.ipv4.tcp_wmem"});

// A container's AppArmor profile as it was given before it had a field; its name follows.
inline constexpr std::string_view kAppArmorAnnotation = "container.apparmor.security.beta.kubernetes.io/";

[[nodiscard]] constexpr bool allows(Values values, std::string_view value) {
  return std::ranges::find(values, value) != values.end();
}

// A key that encoding/json takes for that member without being it: the case of letters does not count there, and the
// Kelvin sign and the long s are a k and an s.
[[nodiscard]] constexpr bool is_near(std::string_view key, std::string_view member) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  if (key == member) return false;
  for (const char c : member) {
    if (key.empty()) return false;
    const char letter = lower(c);
    std::size_t length = lower(key.front()) == letter ? 1 : 0;
    if (letter == 'k' && key.starts_with("\xe2\x84\xaa")) length = 3;
    if (letter == 's' && key.starts_with("\xc5\xbf")) length = 2;
    if (length == 0) return false;
    key.remove_prefix(length);
  }
  return key.empty();
}

[[nodiscard]] constexpr bool allows_app_armor(std::string_view annotation) {
  return annotation.empty() || annotation == "runtime/default" || annotation.starts_with("localhost/");
}

}  // namespace sallyport::model::baseline
