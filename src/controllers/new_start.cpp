#include "controllers/new_start.hpp"

#include <spdlog/spdlog.h>

namespace sallyport::controllers {
namespace {

constexpr Duration kLookEvery = std::chrono::seconds(4);

}  // namespace

boost::asio::awaitable<void> NewStartWatcher::run() {
  bool is_told = false;
  while (!runner_.stopping()) {
    const auto why = is_told ? std::nullopt : parts_.why();
    if (why) {
      spdlog::critical("{}", *why);
      parts_.give_up_connections();
      is_told = true;
    }
    co_await runner_.pause(kLookEvery);
  }
}

}  // namespace sallyport::controllers
