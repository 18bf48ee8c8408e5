#include "controllers/log_files.hpp"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include "controllers/compression.hpp"
#include "sink/cursor.hpp"

namespace sallyport::controllers {
namespace {

namespace asio = boost::asio;

constexpr Duration kLookEvery = std::chrono::minutes(10);
constexpr int kNicest = 19;

asio::awaitable<Result<void>> compress_nicely(std::string dir, std::string stream, std::stop_token stop) {
  ::setpriority(PRIO_PROCESS, 0, kNicest);  // of this thread alone, as Linux has it
  co_return compress_closed(dir, stream, stop);
}

}  // namespace

LogFilesController::LogFilesController(Runner& runner, journal::Journal& journal, Settings settings,
                                       std::uint64_t retired_up_to)
    : runner_(runner),
      journal_(journal),
      settings_(std::move(settings)),
      retirement_(settings_.dir, settings_.keep, retired_up_to,
                  [dir = settings_.dir](const std::string& stream) { return sink::taken_up_to(dir, stream); }) {}

asio::awaitable<void> LogFilesController::run() {
  while (!runner_.stopping()) {
    if (settings_.keep > Duration{}) co_await retire();
    if (settings_.compress) co_await compress();
    co_await runner_.pause(kLookEvery);
  }
}

asio::awaitable<void> LogFilesController::retire() {
  const auto retired = co_await retirement_.pass(journal_, runner_.clock().now());
  if (!retired) spdlog::warn("retiring old files of the log: {}", retired.error().message());
}

asio::awaitable<void> LogFilesController::compress() {
  const auto compressed = co_await asio::co_spawn(
      compressor_, compress_nicely(settings_.dir, journal_.stream(), stop_compressing_.get_token()),
      asio::use_awaitable);
  if (!compressed) spdlog::warn("compressing closed files of the log: {}", compressed.error().message());
}

}  // namespace sallyport::controllers
