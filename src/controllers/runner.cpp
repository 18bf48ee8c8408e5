#include "controllers/runner.hpp"

#include <exception>
#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <spdlog/spdlog.h>

#include "base/failpoint.hpp"

namespace sallyport::controllers {
namespace {

namespace asio = boost::asio;

constexpr Duration kLookEvery = std::chrono::milliseconds(20);

asio::awaitable<void> with_failpoint(std::string name, asio::awaitable<void> loop) {
  if (is_failpoint_set("loop:" + name)) throw std::runtime_error("failpoint");
  co_await std::move(loop);
}

std::string words_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& thrown) {
    return thrown.what();
  } catch (...) {
    return "an exception of no standard type";
  }
}

}  // namespace

Runner::Runner(asio::any_io_executor executor, engine::AlarmClock& clock)
    : executor_(std::move(executor)), clock_(clock) {}

void Runner::spawn(std::string name, asio::awaitable<void> loop) {
  ++running_;
  asio::co_spawn(executor_, with_failpoint(name, std::move(loop)), [this, name](const std::exception_ptr& error) {
    --running_;
    if (error) {
      died(name, words_of(error));
    } else if (!stopping_) {
      died(name, "it returned");
    }
  });
}

void Runner::died(const std::string& name, const std::string& how) {
  spdlog::critical("loop {} has ended unexpectedly: {}. This process must be restarted", name, how);
  if (!why_dead_) why_dead_ = "loop " + name + " has ended unexpectedly: " + how;
}

void Runner::run_once(std::string name, asio::awaitable<void> work) {
  ++running_;
  asio::co_spawn(executor_, std::move(work), [this, name = std::move(name)](const std::exception_ptr& error) {
    --running_;
    if (error) spdlog::critical("{} has failed unexpectedly: {}", name, words_of(error));
  });
}

std::shared_ptr<engine::Alarm> Runner::make_alarm() {
  std::erase_if(alarms_, [](const auto& alarm) { return alarm.expired(); });
  std::shared_ptr<engine::Alarm> alarm = clock_.make_alarm();
  alarms_.push_back(alarm);
  if (stopping_) alarm->ring();
  return alarm;
}

asio::awaitable<void> Runner::pause(Duration span) {
  const auto alarm = make_alarm();
  co_await alarm->wait(span);
}

void Runner::stop() {
  stopping_ = true;
  for (const auto& weak : alarms_) {
    if (const auto alarm = weak.lock()) alarm->ring();
  }
}

asio::awaitable<bool> Runner::ended(Duration at_most) {
  const auto until = clock_.steady() + at_most;
  while (running_ > 0 && clock_.steady() < until) co_await clock_.make_alarm()->wait(kLookEvery);
  co_return running_ == 0;
}

}  // namespace sallyport::controllers
