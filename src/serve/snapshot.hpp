#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "base/instant.hpp"
#include "model/identity.hpp"
#include "policy/call.hpp"
#include "policy/guard.hpp"
#include "policy/policy_index.hpp"

namespace sallyport::serve {

// What the I/O threads answer from: immutable, shared, replaced whole. Each thread holds its own pointer and is posted
// a new one at every change.
struct Snapshot {
  std::shared_ptr<const policy::PolicyIndex> policies;
  std::shared_ptr<const std::map<std::string, policy::NamespaceFacts>> namespaces;
  std::shared_ptr<const policy::Guard> guard;
  std::string path;
  std::string previous_path;
  Duration previous_path_until{};  // steady time

  // Null: it is not known, or the call has none.
  [[nodiscard]] const policy::NamespaceFacts* find_namespace(const std::string& name) const {
    if (name.empty() || !namespaces) return nullptr;
    const auto found = namespaces->find(name);
    return found == namespaces->end() ? nullptr : &found->second;
  }
};

// How long ago policies and namespaces were confirmed by a quorum read, in steady time: written by the engine's thread,
// read by all. Older than kFreshFor, "nobody cares, so allow" has no proof.
class Freshness {
 public:
  void confirmed(Duration steady) { confirmed_.store(steady.count(), std::memory_order_relaxed); }
  [[nodiscard]] bool holds(Duration steady) const {
    const auto at = confirmed_.load(std::memory_order_relaxed);
    return at != 0 && steady.count() - at < Duration(kFreshFor).count();
  }

  [[nodiscard]] Duration age(Duration steady) const {
    return steady - Duration(confirmed_.load(std::memory_order_relaxed));
  }

  static constexpr Duration kFreshFor = std::chrono::seconds(15);

 private:
  std::atomic<std::int64_t> confirmed_{0};
};

}  // namespace sallyport::serve
