#include "controllers/freshness.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

namespace sallyport::controllers {
namespace {

namespace asio = boost::asio;

constexpr Duration kConfirmEvery = std::chrono::seconds(4);

}  // namespace

asio::awaitable<void> FreshnessProof::run() {
  while (!runner_.stopping()) {
    co_await runner_.pause(kConfirmEvery);
    if (!runner_.stopping()) co_await confirm_once();
  }
}

// What is proven holds as of the moment at which the first of the reads began.
asio::awaitable<void> FreshnessProof::confirm_once() {
  auto as_of = Duration::max();
  for (auto& informer : caches_.informers) {
    const auto confirmed = co_await informer.confirm();
    if (!confirmed) {
      spdlog::warn("confirming the caches: {}", confirmed.error().message());
      co_return;
    }
    as_of = std::min(as_of, *confirmed);
  }
  caches_.publisher.publish();
  engine_.restoration().confirmed();
  readiness_.confirm(cache::kCaches, as_of);
  freshness_.confirmed(as_of);
  co_await protection_.look_for_drift();
}

}  // namespace sallyport::controllers
