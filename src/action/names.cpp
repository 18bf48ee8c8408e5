#include "action/names.hpp"

#include <cstdint>

namespace sallyport::action {
namespace {

constexpr std::size_t kMaxName = 63;
constexpr std::size_t kHashCharacters = 12;  // 60 bits
constexpr std::size_t kPlanCharacters = 6;
constexpr std::size_t kMaxPrefix = kMaxName - 1 - kHashCharacters;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// Policy names are DNS subdomains; a cut one must not end in '-' or '.'.
std::string_view prefix_of(std::string_view policy_name) {
  auto prefix = policy_name.substr(0, kMaxPrefix);
  while (!prefix.empty() && !is_alphanumeric(prefix.back())) prefix.remove_suffix(1);
  return prefix.empty() ? "request" : prefix;
}

}  // namespace

std::string request_name(std::string_view policy_name, const Secret& key, std::string_view agent_username,
                         std::string_view digest, std::size_t attempt) {
  Hasher hasher(key);
  hasher.field("sallyport request name").field(agent_username).field(digest).field(std::uint64_t{attempt});
  const std::string hash = base32(hasher.finish());
  return std::string(prefix_of(policy_name)) + '-' + hash.substr(0, kHashCharacters);
}

std::string plan_name(std::string_view id, const Secret& key, std::string_view agent_username) {
  Hasher hasher(key);
  hasher.field("sallyport plan name").field(agent_username).field(id);
  return std::string(id) + '-' + base32(hasher.finish()).substr(0, kPlanCharacters);
}

}  // namespace sallyport::action
