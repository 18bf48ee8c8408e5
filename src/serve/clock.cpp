#include "serve/clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/steady.hpp"

namespace sallyport::serve {
namespace {

namespace asio = boost::asio;

class TimerAlarm : public engine::Alarm {
 public:
  explicit TimerAlarm(const asio::any_io_executor& executor) : timer_(executor) {}

  asio::awaitable<bool> wait(Duration at_most) override {
    if (!rung_) {
      timer_.expires_after(at_most);
      co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return std::exchange(rung_, false);
  }

  void ring() override {
    rung_ = true;
    timer_.cancel();
  }

 private:
  asio::steady_timer timer_;
  bool rung_ = false;
};

class SystemClock : public engine::Clock {
 public:
  explicit SystemClock(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  [[nodiscard]] Instant now() const override { return wall_now(); }
  [[nodiscard]] Duration steady() const override { return steady_now(); }
  [[nodiscard]] std::unique_ptr<engine::Alarm> make_alarm() override { return std::make_unique<TimerAlarm>(executor_); }

 private:
  asio::any_io_executor executor_;
};

}  // namespace

std::unique_ptr<engine::Clock> make_clock(asio::any_io_executor executor) {
  return std::make_unique<SystemClock>(std::move(executor));
}

}  // namespace sallyport::serve
