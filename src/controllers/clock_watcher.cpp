#include "controllers/clock_watcher.hpp"

#include <utility>

#include <spdlog/spdlog.h>

namespace sallyport::controllers {
namespace {

namespace asio = boost::asio;

constexpr Duration kLookEvery = std::chrono::seconds(4);
constexpr Duration kJump = std::chrono::seconds(1);  // slewing is slower

}  // namespace

asio::awaitable<void> ClockWatcher::run() {
  const auto& clock = runner_.clock();
  auto wall = clock.now();
  auto steady = clock.steady();
  while (!runner_.stopping()) {
    co_await runner_.pause(kLookEvery);
    const auto jump = (clock.now() - wall) - (clock.steady() - steady);
    wall = clock.now();
    steady = clock.steady();
    if (std::chrono::abs(jump) < kJump) continue;
    spdlog::warn("the machine's clock has jumped by {} ms", jump / std::chrono::milliseconds(1));
    model::LogRecord record{"clock_jumped"};
    record.fields.set("by_ms", std::int64_t{jump / std::chrono::milliseconds(1)});
    journal_.append_async(std::move(record));
  }
}

}  // namespace sallyport::controllers
