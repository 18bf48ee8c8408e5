#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sallyport::kube {

// Takes work that would hold up its caller's thread, such as the JSON of a page of a list or a file's content, to a
// thread of its own. The executor's context is joined before what the work refers to goes. Any thread.
class Worker {
 public:
  // The way to the other thread and back takes some 15 us, as 1 KiB of JSON does (measured, a thread that is free).
  // What is smaller than this is nearly all that a hold waits for, and should not wait for a page of a list before it.
  static constexpr std::size_t kWorthTheWay = std::size_t{8} << 10;

  // Without an executor all work is done where it is asked for.
  explicit Worker(boost::asio::any_io_executor executor = {}) : executor_(std::move(executor)) {}

  // Does work that takes as long as reading so much JSON; the result, which can be default-constructed, is given on the
  // caller's executor. What the work refers to is left alone until then.
  template <typename Work>
  [[nodiscard]] boost::asio::awaitable<std::invoke_result_t<Work&>> run(std::size_t bytes, Work work) const {
    if (bytes < kWorthTheWay) co_return work();
    co_return co_await run(std::move(work));
  }
  // Does work of which nobody knows how long it takes.
  template <typename Work>
  [[nodiscard]] boost::asio::awaitable<std::invoke_result_t<Work&>> run(Work work) const {
    if (!executor_) co_return work();
    co_return co_await boost::asio::co_spawn(executor_, call(std::move(work)), boost::asio::use_awaitable);
  }

 private:
  template <typename Work>
  static boost::asio::awaitable<std::invoke_result_t<Work&>> call(Work work) {
    co_return work();
  }

  boost::asio::any_io_executor executor_;
};

}  // namespace sallyport::kube
