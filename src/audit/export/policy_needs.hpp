#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "json/value.hpp"

namespace sallyport::audit {

// One generation of one policy.
struct PolicyKey {
  std::string kind, namespace_name, name, uid;
  std::int64_t generation = 0;

  friend auto operator<=>(const PolicyKey&, const PolicyKey&) = default;
};
// As a line `policy`, or one of the `policies` of a request, names it. Nothing: no policy can be called so.
[[nodiscard]] std::optional<PolicyKey> policy_key(const json::Value& value);

// Which policies the chosen records refer to: those of the requests that they are about, those in force where an action
// was let through with a warning, those that were made or changed. It keeps no more than a cluster can have.
class PolicyNeeds {
 public:
  // All lines of a stream in their order.
  void take(const json::Value& line, bool chosen);
  // A request that was opened: its policies are needed if a chosen record is about it.
  void take_opened(const json::Value& line);

  // Requests of which `take_opened` is still to tell.
  [[nodiscard]] bool asks_for_requests() const { return !requests_.empty(); }
  [[nodiscard]] const std::set<PolicyKey>& needed() const { return needed_; }
  [[nodiscard]] bool is_all() const { return is_all_; }  // false: there were more than it keeps

 private:
  using Name = std::pair<std::string, std::string>;  // namespace and name
  void need(const PolicyKey& key);
  void need_those_of(const json::Value& request);
  void ask_for(std::string_view request_uid);

  std::string stream_;
  std::map<Name, PolicyKey> in_force_;  // in this stream, as far as it is read
  std::set<std::string> requests_;      // uids
  std::set<PolicyKey> needed_;
  bool is_all_ = true;
};

}  // namespace sallyport::audit
