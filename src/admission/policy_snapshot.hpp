#pragma once

#include <map>
#include <memory>
#include <string>

#include "admission/freshness.hpp"
#include "base/instant.hpp"
#include "policy/call.hpp"
#include "policy/guard.hpp"
#include "policy/policy_index.hpp"

namespace sallyport::admission {

// The unguessable path that only the API server is told, and the one before it, which is accepted for a moment longer.
struct WebhookPath {
  std::string current;
  std::string previous;
  Duration previous_until{};  // steady time
};

// What the I/O threads answer from: immutable, shared, replaced whole. Each thread holds its own pointer and is posted
// a new one at every change.
struct PolicySnapshot {
  std::shared_ptr<const policy::PolicyIndex> policies;
  std::shared_ptr<const std::map<std::string, policy::NamespaceFacts>> namespaces;
  std::shared_ptr<const policy::Guard> guard;
  WebhookPath path;
  // Of these policies and namespaces. It travels with them: a proof that came by another way could be ahead of them.
  Freshness freshness;

  // Null: it is not known, or the call has none.
  [[nodiscard]] const policy::NamespaceFacts* find_namespace(const std::string& name) const {
    if (name.empty() || !namespaces) return nullptr;
    const auto found = namespaces->find(name);
    return found == namespaces->end() ? nullptr : &found->second;
  }
};

}  // namespace sallyport::admission
