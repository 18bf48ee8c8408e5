// Whether what stops agents still stands, and what of the cluster belongs to it.
#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "kube/protection.hpp"
#include "kube/volumes.hpp"
#include "serve/followers.hpp"
#include "serve/replica.hpp"

namespace sallyport::serve {
namespace {

namespace asio = boost::asio;

constexpr Duration kProtectionEvery = std::chrono::seconds(15);
constexpr Duration kVolumesEvery = std::chrono::seconds(15);

}  // namespace

asio::awaitable<void> Replica::keep_protection_checked() {
  while (!stopping_) {
    co_await check_rights();
    co_await pause(kProtectionEvery);
  }
}

asio::awaitable<void> Replica::check_rights() {
  const auto parts = gate_parts(config_);
  auto why = co_await kube::why_unprotected(*api_, &config_.agents, &parts, drifted_.empty());
  if (!why) {
    spdlog::warn("{}", why.error().message());
    co_return;
  }
  rights_around_ = std::move(*why);
  rights_known_ = true;
  tell_protection();
}

// What stops agents is compared with what was installed. The admission policy and its binding must stand for anything
// to be decided; where the gate itself is gone or changed, agents pass, and all that is left is to say so.
asio::awaitable<void> Replica::look_for_drift() {
  const auto now = steady_now();
  const auto found = co_await kube::find_drift(*api_, &gate_);
  if (!found) {
    spdlog::warn("{}", found.error().message());
    co_return;
  }
  drifted_.clear();
  for (const auto& drift : *found) drifted_.emplace(drift.part->role, drift);
  const auto undecided = std::ranges::find_if(*found, [](const auto& drift) { return drift.part->member == "spec"; });
  if (undecided == found->end()) {
    readiness_.confirm(kAdmissionPolicy, now);
  } else {
    readiness_.refuse(kAdmissionPolicy, undecided->what);
  }
  tell_protection();
}

std::string Replica::why_unprotected() const {
  const auto gate = drifted_.find(kube::kGateRole);
  if (gate != drifted_.end()) return gate->second.what + ", so agents may pass without being asked";
  if (!drifted_.empty()) return drifted_.begin()->second.what;
  if (rights_around_) return *rights_around_;
  return keys_missing_.empty() ? "" : kKeyMissing + keys_missing_;
}

// What is missing stops nobody who runs: it is an alarm, since whoever starts now cannot.
void Replica::look_at_keys() {
  auto missing = own_keys_.missing();
  if (!keys_->missing().empty()) missing += (missing.empty() ? "" : "; ") + keys_->missing();
  if (missing == keys_missing_) return;
  keys_missing_ = std::move(missing);
  tell_protection();
}

// The log, people's policies and this program's output, whenever the answer is another.
void Replica::tell_protection() {
  if (!rights_known_) return;  // of the rest nothing is said before all of it is known
  const auto why = why_unprotected();
  if (told_unprotected_ == why) return;
  const auto remedy = drifted_.empty() ? "" : drifted_.begin()->second.remedy;
  if (!why.empty()) spdlog::error("Unprotected: {}. {}", why, remedy.empty() ? "" : "To mend it: " + remedy);
  if (why.empty() && told_unprotected_) spdlog::info("protected again");
  if (!why.empty() || told_unprotected_) {
    model::LogRecord record{why.empty() ? "protected" : "unprotected"};
    record.fields.set("why", why);
    log_.journal->note(std::move(record));
  }
  told_unprotected_ = why;
  const auto told = why.empty() ? std::nullopt : std::optional(why);
  followers_->policies.set_unprotected(told);
  followers_->cluster_policies.set_unprotected(told);
}

asio::awaitable<void> Replica::keep_volumes_known() {
  while (!stopping_) {
    co_await look_at_volumes();
    co_await pause(kVolumesEvery);
  }
}

// Until it has succeeded once, the guard lets no agent touch any volume; later it goes by what was seen last.
asio::awaitable<void> Replica::look_at_volumes() {
  const auto volumes = co_await kube::read_volumes_of(*api_, config_.namespace_name);
  if (!volumes) {
    spdlog::warn("{}", volumes.error().message());
    co_return;
  }
  auto own = std::make_shared<policy::OwnVolumes>();
  for (const auto& volume : *volumes) own->add(volume);
  if (volumes_ && *volumes_ == *own) co_return;
  volumes_ = std::move(own);
  publish_guard();
}

void Replica::publish_guard() {
  const policy::GuardSettings settings{config_.namespace_name, config_.service_account, config_.agents};
  followers_->publisher.set_guard(std::make_shared<const policy::Guard>(settings, volumes_));
  followers_->publisher.publish();
}

}  // namespace sallyport::serve
