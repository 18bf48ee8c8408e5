#include "controllers/snapshot_loop.hpp"

namespace sallyport::controllers {
namespace {

namespace asio = boost::asio;

constexpr Duration kPublishAtLeastEvery = std::chrono::seconds(5);
constexpr int kPauseShare = 9;  // of ten parts of time, one for making snapshots

}  // namespace

asio::awaitable<void> SnapshotLoop::run() {
  while (!runner_.stopping()) {
    co_await changed_->wait(kPublishAtLeastEvery);
    const auto begun = runner_.clock().steady();
    co_await publisher_.publish();
    co_await runner_.pause(kPauseShare * (runner_.clock().steady() - begun));
  }
}

}  // namespace sallyport::controllers
