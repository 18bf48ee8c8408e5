#include "controllers/freshness.hpp"

#include <algorithm>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <spdlog/spdlog.h>

namespace sallyport::controllers {
namespace {

namespace asio = boost::asio;

constexpr Duration kConfirmEvery = std::chrono::seconds(4);
constexpr Duration kConfirmRequestsEvery = std::chrono::seconds(60);

}  // namespace

asio::awaitable<void> FreshnessProof::run() {
  while (!runner_.stopping()) {
    co_await runner_.pause(kConfirmEvery);
    if (!runner_.stopping()) co_await confirm_once();
  }
}

// Side by side. What is proven holds as of the moment at which the first of the reads began.
asio::awaitable<void> FreshnessProof::confirm_once() {
  using namespace asio::experimental::awaitable_operators;
  auto& of = caches_.informers;
  const auto [policies, cluster_policies, namespaces] =
      co_await (of[0].confirm() && of[1].confirm() && of[2].confirm());
  auto as_of = Duration::max();
  for (const auto* confirmed : {&policies, &cluster_policies, &namespaces}) {
    if (!*confirmed) {
      spdlog::warn("confirming the caches: {}", confirmed->error().message());
      co_return;
    }
    as_of = std::min(as_of, **confirmed);
  }
  co_await caches_.publisher.confirm(as_of);
  readiness_.confirm(cache::kCaches, as_of);
  co_await protection_.look_for_drift();
}

asio::awaitable<void> FreshnessProof::run_requests() {
  while (!runner_.stopping()) {
    co_await runner_.pause(kConfirmEvery);
    if (!runner_.stopping()) co_await confirm_requests();
  }
}

asio::awaitable<void> FreshnessProof::confirm_requests() {
  const auto age = engine_.restoration().under_way() ? Duration{} : kConfirmRequestsEvery;
  const auto confirmed = co_await caches_.requests_informer().confirm_if_older(age);
  if (!confirmed) {
    spdlog::warn("confirming the requests: {}", confirmed.error().message());
  } else if (*confirmed) {
    engine_.restoration().confirmed();
  }
}

}  // namespace sallyport::controllers
