#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "effects/table.hpp"
#include "kube/informer.hpp"
#include "model/log_record.hpp"
#include "model/policy.hpp"
#include "model/served.hpp"
#include "policy/effective.hpp"
#include "wire/policy.hpp"

namespace sallyport::cache {

// Puts a record into the log.
using Note = std::function<void(model::LogRecord)>;

// What the watch of one kind of policy has brought. Calls `changed` at every change. Engine's thread. The log gets each
// policy once a generation, so that it tells by itself what was asked for when.
class PolicyObserver : public kube::Observer {
 public:
  PolicyObserver(std::string kind, std::function<void()> changed, Note note)
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
    wire::Condition effective;   // as far as is known; empty: nothing is wrong
    bool by_served = false;      // what the API server serves later may mend it
    wire::PolicyStatus written;  // what its status says now
  };
  [[nodiscard]] const std::map<std::string, Followed>& all() const { return policies_; }  // by "namespace/name"
  // What a policy's status ought to say, and whether it does.
  [[nodiscard]] wire::PolicyStatus status_of(const Followed& followed) const;
  [[nodiscard]] bool status_is_current(const Followed& followed) const;
  // By which it is told what policies do. Before anything is followed.
  void set_effects(effects::SharedTable table) { effects_ = std::move(table); }
  // Whom a policy can be for. Before anything is followed; outlives this.
  void set_agents(const std::vector<model::Agent>& agents) { agents_ = &agents; }
  // What the API server serves by now. Until the first call nothing is said of that.
  void set_served(std::shared_ptr<const model::Served> served);
  // What that policy does not do though it seems to; empty where it cannot work at all.
  [[nodiscard]] std::vector<policy::Ineffective> ineffective_in(const model::Policy& policy) const;
  // Told on every policy while it is not Enforce. Before anything is followed.
  void set_guard_mode(model::Enforcement mode);
  // Why an agent could take the gate away; nothing: none can. Until the first call no status speaks of it.
  void set_unprotected(const std::optional<std::string>& why);
  // Those that have changed since the last call, and whose status does not say yet how they stand.
  [[nodiscard]] std::set<std::string> take_due() { return std::exchange(due_, {}); }
  [[nodiscard]] bool is_due(const std::string& id) const { return due_.contains(id); }
  void is_due_again(const std::string& id) { due_.insert(id); }

 private:
  void take(const json::Value& object);
  void note_change(std::string_view change, const json::Value& object, const std::string& why_not_ready) const;
  [[nodiscard]] bool says_ready(const Followed& followed) const;
  [[nodiscard]] bool says_effective(const Followed& followed) const;
  [[nodiscard]] bool says_protection(const Followed& followed) const;
  void look_at_effect(Followed& followed) const;
  [[nodiscard]] bool is_guard_due(const Followed& followed) const;

  std::string kind_;
  std::function<void()> changed_;
  Note note_;
  effects::SharedTable effects_ = effects::shipped_table();
  const std::vector<model::Agent>* agents_ = nullptr;
  std::shared_ptr<const model::Served> served_;
  bool listed_ = false;  // what comes from now on is new
  std::map<std::string, Followed> policies_;
  std::set<std::string> due_;
  wire::Condition protection_;
  wire::Condition guard_;
};

}  // namespace sallyport::cache
