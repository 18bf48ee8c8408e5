#include "serve/alarm_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

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

class TimerClock : public engine::AlarmClock {
 public:
  TimerClock(const Clock& clock, asio::any_io_executor executor) : clock_(clock), executor_(std::move(executor)) {}

  [[nodiscard]] Instant now() const override { return clock_.now(); }
  [[nodiscard]] Duration steady() const override { return clock_.steady(); }
  [[nodiscard]] std::unique_ptr<engine::Alarm> make_alarm() override { return std::make_unique<TimerAlarm>(executor_); }

 private:
  const Clock& clock_;
  asio::any_io_executor executor_;
};

}  // namespace

std::unique_ptr<engine::AlarmClock> make_alarm_clock(const Clock& clock, asio::any_io_executor executor) {
  return std::make_unique<TimerClock>(clock, std::move(executor));
}

}  // namespace sallyport::serve
