#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "kube/informer.hpp"
#include "policy/call.hpp"

namespace sallyport::cache {

// What the watch of namespaces has brought, as far as policies are matched by it. Calls `changed` when that is another.
// Engine's thread.
class NamespaceObserver : public kube::Observer {
 public:
  using Facts = std::map<std::string, policy::NamespaceFacts>;

  explicit NamespaceObserver(std::function<void()> changed) : changed_(std::move(changed)) {}

  void on_added(json::Value object) override { take(object); }
  void on_modified(json::Value object) override { take(object); }
  void on_deleted(const kube::ObjectId& object) override;
  void on_synced(std::uint64_t) override { changed_(); }
  void on_trouble(const Error& error) override;

  [[nodiscard]] const Facts& all() const { return namespaces_; }

 private:
  void take(const json::Value& object);

  std::function<void()> changed_;
  Facts namespaces_;
};

}  // namespace sallyport::cache
