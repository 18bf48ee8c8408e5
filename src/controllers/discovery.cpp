#include "controllers/discovery.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

#include "kube/discovery.hpp"

namespace sallyport::controllers {
namespace {

namespace asio = boost::asio;

constexpr Duration kLookEvery = std::chrono::seconds(5);
constexpr Duration kReadEvery = std::chrono::minutes(5);
constexpr Duration kReadWhileWaitedForEvery = std::chrono::seconds(60);
constexpr Duration kNewEnoughForWriters = std::chrono::seconds(5);  // and no more often than that, whoever writes

}  // namespace

asio::awaitable<void> Discovery::run() {
  while (!runner_.stopping()) {
    if (is_due()) co_await read();
    co_await runner_.pause(kLookEvery);
  }
}

bool Discovery::is_due() const {
  if (!tried_) return true;
  const auto since = runner_.clock().steady() - *tried_;
  return since >= kReadEvery || (since >= kReadWhileWaitedForEvery && (failing_ || is_waited_for()));
}

asio::awaitable<void> Discovery::read() {
  tried_ = runner_.clock().steady();
  auto served = co_await kube::read_served(api_);
  if (!served && !failing_) spdlog::warn("{}; policies are not compared with what is served", served.error().message());
  failing_ = !served;
  if (!served) co_return;
  const auto shared = std::make_shared<const model::Served>(std::move(*served));
  for (auto* kind : {&caches_.policies, &caches_.cluster_policies}) kind->set_served(shared);
}

bool Discovery::is_waited_for() const {
  const auto waits = [](const auto& kind) {
    return std::ranges::any_of(kind.all(), [](const auto& each) { return each.second.by_served; });
  };
  return waits(caches_.policies) || waits(caches_.cluster_policies);
}

const cache::PolicyObserver& Discovery::kind_of(const model::Policy& policy) const {
  return policy.ref.namespace_name.empty() ? caches_.cluster_policies : caches_.policies;
}

asio::awaitable<std::vector<std::string>> Discovery::warnings_on(model::Policy policy) {
  auto found = kind_of(policy).ineffective_in(policy);
  const bool is_old = !tried_ || runner_.clock().steady() - *tried_ > kNewEnoughForWriters;
  if (is_old && std::ranges::any_of(found, &policy::Ineffective::by_served)) {
    co_await read();
    found = kind_of(policy).ineffective_in(policy);
  }
  std::vector<std::string> warnings;
  warnings.reserve(found.size());
  for (auto& each : found) warnings.push_back(std::move(each.message));
  co_return warnings;
}

}  // namespace sallyport::controllers
