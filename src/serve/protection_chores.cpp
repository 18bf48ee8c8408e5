// Whether what stops agents still stands, and what of the cluster belongs to it.
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
    co_await check_protection();
    co_await pause(kProtectionEvery);
  }
}

asio::awaitable<void> Replica::check_protection() {
  const kube::GateParts parts{config_.webhook.gate, config_.webhook.requests, config_.admission_policy.name,
                              config_.admission_policy.name};
  const auto why = co_await kube::why_unprotected(*api_, &config_.agents, &parts);
  if (!why) {
    spdlog::warn("{}", why.error().message());
    co_return;
  }
  if (*why && !unprotected_) spdlog::error("Unprotected: {}", **why);
  if (!*why && unprotected_) spdlog::info("protected again: no agent may take the gate away any more");
  if (why->has_value() != unprotected_) {
    model::LogRecord record{*why ? "unprotected" : "protected"};
    record.fields.set("why", why->value_or(""));
    log_.journal->note(std::move(record));
  }
  unprotected_ = why->has_value();
  followers_->policies.set_unprotected(*why);
  followers_->cluster_policies.set_unprotected(*why);
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
