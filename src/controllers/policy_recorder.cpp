#include "controllers/policy_recorder.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <spdlog/spdlog.h>

namespace sallyport::controllers {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kAtOnce = 32;  // each at most a line of the log

}  // namespace

void PolicyRecorder::record(model::LogRecord record) {
  waiting_.push_back(std::move(record));
  if (waiting_.size() == 1) runner_.run_once("recording policies", write_waiting());
}

asio::awaitable<void> PolicyRecorder::write_waiting() {
  while (!waiting_.empty() && !runner_.stopping()) {
    const auto count = std::min(waiting_.size(), kAtOnce);
    for (std::size_t i = 0; i + 1 < count; ++i) journal_.append_async(std::move(waiting_[i]));
    const auto logged = co_await journal_.append(std::move(waiting_[count - 1]));
    if (!logged) spdlog::warn("a policy is not in the log: {}", logged.error().message());
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

}  // namespace sallyport::controllers
