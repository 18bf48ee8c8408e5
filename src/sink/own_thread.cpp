#include "sink/own_thread.hpp"

#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sallyport::sink {
namespace {

namespace asio = boost::asio;

Outcome outcome_of(const OwnThread::Work& work) {
  try {
    return work();
  } catch (const std::exception& thrown) {
    return {Outcome::Kind::later, thrown.what()};
  }
}

}  // namespace

struct OwnThread::Call {
  // On its own thread. The lock is held until it is posted: nobody who is told goes meanwhile.
  void end(const std::shared_ptr<Call>& self, Outcome made) {
    const std::lock_guard lock(mutex);
    if (!executor) return;
    asio::post(*executor, [self, made = std::move(made)] {
      self->outcome = made;
      if (self->waiter != nullptr) self->waiter->cancel();
    });
  }

  std::mutex mutex;
  std::optional<asio::any_io_executor> executor;  // guarded; nothing: nobody wants to know any more
  // The executor's thread alone.
  std::optional<Outcome> outcome;
  asio::steady_timer* waiter = nullptr;
};

OwnThread::~OwnThread() {
  if (!call_) return;
  call_->waiter = nullptr;
  const std::lock_guard lock(call_->mutex);
  call_->executor.reset();
}

asio::awaitable<std::optional<Outcome>> OwnThread::call(Work work, std::chrono::steady_clock::time_point deadline) {
  if (call_ && !co_await is_over(deadline)) co_return std::nullopt;
  begin(std::move(work));
  if (!co_await is_over(deadline)) co_return std::nullopt;
  co_return call_->outcome;
}

void OwnThread::begin(Work work) {
  call_ = std::make_shared<Call>();
  call_->executor = timer_.get_executor();
  call_->waiter = &timer_;
  std::thread([call = call_, work = std::move(work)] { call->end(call, outcome_of(work)); }).detach();
}

asio::awaitable<bool> OwnThread::is_over(std::chrono::steady_clock::time_point deadline) {
  timer_.expires_at(deadline);
  while (!call_->outcome && std::chrono::steady_clock::now() < deadline) {
    (void)co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return call_->outcome.has_value();
}

}  // namespace sallyport::sink
