#include "controllers/volume_watcher.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "kube/volumes.hpp"

namespace sallyport::controllers {
namespace {

namespace asio = boost::asio;

constexpr Duration kLookEvery = std::chrono::seconds(15);

}  // namespace

asio::awaitable<void> VolumeWatcher::run() {
  while (!runner_.stopping()) {
    co_await look();
    co_await runner_.pause(kLookEvery);
  }
}

asio::awaitable<void> VolumeWatcher::look() {
  const auto volumes = co_await kube::read_volumes_of(api_, namespace_);
  if (!volumes) {
    spdlog::warn("{}", volumes.error().message());
    co_return;
  }
  auto own = std::make_shared<policy::OwnVolumes>();
  for (const auto& volume : *volumes) own->add(volume);
  if (volumes_ && *volumes_ == *own) co_return;
  volumes_ = std::move(own);
  changed_(volumes_);
}

}  // namespace sallyport::controllers
