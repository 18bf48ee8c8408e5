#include "cache/policy_observer.hpp"

#include <spdlog/spdlog.h>

#include "json/json.hpp"
#include "policy/validate.hpp"
#include "wire/request.hpp"
#include "wire/text.hpp"

namespace sallyport::cache {
namespace {

constexpr std::size_t kLargestSpecNoted = std::size_t{256} << 10;  // a line of the log has its limit
constexpr std::size_t kLongestTold = 4000;                         // the CRDs allow 4,096 characters

std::string id_of(std::string_view namespace_name, std::string_view name) {
  return std::string(namespace_name) + "/" + std::string(name);
}

}  // namespace

void PolicyObserver::take(const json::Value& object) {
  const auto& metadata = object["metadata"];
  auto policy = wire::read_policy(object);
  if (!policy) {
    spdlog::error("{} {} cannot be read: {}", kind_, metadata["name"].text(), policy.error().message());
    note_change("unreadable", object, policy.error().message());
    return;
  }
  // One that can be read but cannot work refuses its scope as well.
  policy::add_faults(*policy);
  const auto id = id_of(metadata["namespace"].text(), metadata["name"].text());
  const bool is_new = !policies_.contains(id);
  auto& followed = policies_[id];
  // A status that was written (by us, mostly) is no change of what is in force: the index is not made anew for it.
  const bool same = followed.policy.ref == policy->ref;
  if (!same) note_change(!is_new ? "changed" : listed_ ? "created" : "listed", object, policy->why_broken());
  followed.policy = std::move(*policy);
  followed.written = wire::read_policy_status(object);
  if (!same) look_at_effect(followed);
  // Of the gate's protection another replica may know something newer: our own next look at it tells.
  const bool says_nothing = followed.written.is_protected.status.empty() && !protection_.status.empty();
  const bool is_due = !says_ready(followed) || says_nothing || is_guard_due(followed);
  if (is_due || (!same && !says_effective(followed))) due_.insert(id);
  if (!same) changed_();
}

void PolicyObserver::note_change(std::string_view change, const json::Value& object,
                                 const std::string& why_not_ready) const {
  const auto& metadata = object["metadata"];
  model::LogRecord record{"policy"};
  record.fields.set("change", change)
      .set("kind", kind_)
      .set("namespace", metadata["namespace"].text())
      .set("name", metadata["name"].text())
      .set("uid", metadata["uid"].text())
      .set("generation", metadata["generation"].integer().value_or(0))
      .set("why_not_ready", wire::clip(why_not_ready, kLongestTold));
  if (const auto bytes = json::write(object["spec"]).size(); bytes <= kLargestSpecNoted) {
    record.fields.set("spec", object["spec"]);
  } else {
    record.fields.set("spec_bytes", std::uint64_t{bytes});
  }
  note_(std::move(record));
}

wire::PolicyStatus PolicyObserver::status_of(const Followed& followed) const {
  const auto& policy = followed.policy;
  wire::PolicyStatus status;
  status.observed_generation = policy.ref.generation;
  if (policy.works()) {
    status.ready = {.status = "True", .reason = "InForce", .message = "agents' calls are matched against it"};
  } else {
    status.ready = {.status = "False", .reason = "Broken", .message = wire::clip(policy.why_broken(), kLongestTold)};
  }
  status.is_protected = protection_;
  status.guard = guard_;
  status.effective = followed.effective;
  return status;
}

std::vector<policy::Ineffective> PolicyObserver::ineffective_in(const model::Policy& policy) const {
  if (!policy.works()) return {};  // nothing passes, which Ready says
  return policy::find_ineffective(policy, {*effects_, served_.get(), agents_});
}

// It is in force all the same.
void PolicyObserver::look_at_effect(Followed& followed) const {
  followed.effective = {};
  followed.by_served = false;
  std::string message;
  for (const auto& each : ineffective_in(followed.policy)) {
    if (message.empty()) followed.effective = {.status = "False", .reason = each.reason, .message = {}};
    message += (message.empty() ? "" : " ") + each.message;
    followed.by_served = followed.by_served || each.by_served;
  }
  followed.effective.message = wire::clip(message, kLongestTold);
}

void PolicyObserver::set_served(std::shared_ptr<const model::Served> served) {
  served_ = std::move(served);
  for (auto& [id, followed] : policies_) {
    look_at_effect(followed);
    if (!says_effective(followed)) due_.insert(id);
  }
}

// Another version's wording of the same is as good: two that run side by side would rewrite each other's for ever.
bool PolicyObserver::says_ready(const Followed& followed) const {
  const auto due = status_of(followed);
  const auto& written = followed.written;
  return written.observed_generation == due.observed_generation && written.ready.says_the_same(due.ready);
}

// Two replicas may have read at different times what is served: what another one wrote is not contradicted, but when it
// is read anew. Before it was read at all, that another found something is as good as known.
bool PolicyObserver::says_effective(const Followed& followed) const {
  if (served_ == nullptr && followed.effective.status.empty()) return true;
  return followed.written.effective.says_the_same(followed.effective);
}

// What the gate's protection lacks is in the message alone. It is written when a replica finds something else than
// before, and never because of what another one wrote: that ends.
bool PolicyObserver::says_protection(const Followed& followed) const {
  const auto& written = followed.written.is_protected;
  return protection_.status.empty() || (written.says_the_same(protection_) && written.message == protection_.message);
}

// Replicas of two configurations run side by side for a while: who starts says how it is now, and who runs says what
// nobody says.
bool PolicyObserver::is_guard_due(const Followed& followed) const {
  const auto& written = followed.written.guard;
  return (!listed_ && !written.says_the_same(guard_)) || (written.status.empty() && !guard_.status.empty());
}

bool PolicyObserver::status_is_current(const Followed& followed) const {
  return says_ready(followed) && says_effective(followed) && says_protection(followed) &&
         followed.written.guard.says_the_same(guard_);
}

void PolicyObserver::set_guard_mode(model::Enforcement mode) {
  if (mode == model::Enforcement::enforce) return;
  const std::string word(to_string(mode));
  guard_ = {.status = "False",
            .reason = "GuardIn" + word,
            .message = "the built-in guard is in " + word +
                       ": where no policy asks, agents act as other accounts, reach nodes and change what the API "
                       "server serves. Set `guard: Enforce` in the chart's values"};
}

void PolicyObserver::set_unprotected(const std::optional<std::string>& why) {
  if (why) {
    protection_ = {.status = "False", .reason = "Unprotected", .message = wire::clip(*why, kLongestTold)};
  } else {
    protection_ = {.status = "True",
                   .reason = "OutOfReach",
                   .message = "what stops agents stands as installed, and no agent has a right that leads around it"};
  }
  for (const auto& [id, followed] : policies_) {
    if (!says_ready(followed) || !says_protection(followed)) due_.insert(id);
  }
}

void PolicyObserver::on_deleted(const kube::ObjectId& object) {
  policies_.erase(id_of(object.namespace_name, object.name));
  model::LogRecord record{"policy"};
  record.fields.set("change", "deleted")
      .set("kind", kind_)
      .set("namespace", object.namespace_name)
      .set("name", object.name)
      .set("uid", object.uid);
  note_(std::move(record));
  changed_();
}

void PolicyObserver::on_trouble(const Error& error) {
  spdlog::warn("following {}: {}", kind_, error.message());
}

}  // namespace sallyport::cache
