#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "kube/informer.hpp"
#include "model/log_record.hpp"
#include "model/request.hpp"
#include "policy/call.hpp"
#include "policy/policy_index.hpp"
#include "wire/policy.hpp"

namespace sallyport::serve {

// Puts a record into the log.
using Note = std::function<void(model::LogRecord)>;

// What the watches have brought of policies and namespaces. Each calls `changed` at every change, and gives an
// immutable picture of itself when asked. Engine's thread.

// The log gets each policy once a generation, so that it tells by itself what was asked for when.
class FollowedPolicies : public kube::Observer {
 public:
  FollowedPolicies(std::string kind, std::function<void()> changed, Note note)
      : kind_(std::move(kind)), changed_(std::move(changed)), note_(std::move(note)) {}

  void on_added(json::Value object) override { take(object); }
  void on_modified(json::Value object) override { take(object); }
  void on_deleted(const kube::ObjectId& object) override;
  void on_synced(std::uint64_t) override {
    listed_ = true;
    changed_();
  }
  void on_trouble(const Error& error) override;

  struct Followed {
    model::Policy policy;
    wire::PolicyStatus written;  // what its status says now
  };
  [[nodiscard]] const std::map<std::string, Followed>& all() const { return policies_; }  // by "namespace/name"
  // What a policy's status ought to say, and whether it does.
  [[nodiscard]] wire::PolicyStatus status_of(const Followed& followed) const;
  [[nodiscard]] bool is_told(const Followed& followed) const;
  // Why an agent could take the gate away; nothing: none can. Until the first call no status speaks of it.
  void set_unprotected(const std::optional<std::string>& why);
  // Those that have changed since the last call, and whose status does not say yet how they stand.
  [[nodiscard]] std::set<std::string> take_untold() { return std::exchange(untold_, {}); }
  [[nodiscard]] bool is_untold(const std::string& id) const { return untold_.contains(id); }
  void tell_again(const std::string& id) { untold_.insert(id); }

 private:
  void take(const json::Value& object);
  void note_change(std::string_view change, const json::Value& object, const std::string& why_not_ready) const;
  [[nodiscard]] bool says_ready(const Followed& followed) const;

  std::string kind_;
  std::function<void()> changed_;
  Note note_;
  bool listed_ = false;  // what comes from now on is new
  std::map<std::string, Followed> policies_;
  std::set<std::string> untold_;
  wire::Condition protection_;
};

class FollowedNamespaces : public kube::Observer {
 public:
  using Facts = std::map<std::string, policy::NamespaceFacts>;

  explicit FollowedNamespaces(std::function<void()> changed) : changed_(std::move(changed)) {}

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

// Hands requests to the engine.
class FollowedRequests : public kube::Observer {
 public:
  using Seen = std::function<void(model::ApprovalRequest)>;
  using Gone = std::function<void(const model::RequestKey&, const std::string& uid)>;

  using Synced = std::function<void(std::uint64_t version)>;
  using Restored = std::function<void(const std::string& why)>;

  FollowedRequests(Seen seen, Gone gone, Synced synced, Restored restored)
      : seen_(std::move(seen)), gone_(std::move(gone)), synced_(std::move(synced)), restored_(std::move(restored)) {}

  void on_added(json::Value object) override { take(object); }
  void on_modified(json::Value object) override { take(object); }
  void on_deleted(const kube::ObjectId& object) override;
  void on_synced(std::uint64_t version) override { synced_(version); }
  void on_restored(const std::string& why) override { restored_(why); }
  void on_trouble(const Error& error) override;

 private:
  void take(const json::Value& object);

  Seen seen_;
  Gone gone_;
  Synced synced_;
  Restored restored_;
};

}  // namespace sallyport::serve
