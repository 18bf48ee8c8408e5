#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/instant.hpp"
#include "json/value.hpp"
#include "kube/api.hpp"
#include "model/request.hpp"

namespace sallyport::kube {

// An Event (events.k8s.io/v1) on a request, in its namespace. `reporter` is this replica's name; `unique` tells the
// events of one moment apart.
[[nodiscard]] json::Value write_event(const model::ApprovalRequest& request, std::string_view reason,
                                      std::string_view note, std::string_view reporter, Instant now,
                                      std::uint64_t unique);

// Sends Events one after another, and never makes anybody wait: a failed one is gone, and of too many the newest are.
// The Api's thread alone may call it; lives until `run` has returned.
class EventQueue {
 public:
  EventQueue(const boost::asio::any_io_executor& executor, Api& api) : api_(api), bell_(executor) {}

  void push(std::string namespace_name, json::Value event);
  [[nodiscard]] boost::asio::awaitable<void> run();
  void stop();  // what waits is given up

  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  static constexpr std::size_t kMost = 256;
  struct Waiting {
    std::string namespace_name;
    json::Value event;
  };

  Api& api_;
  boost::asio::steady_timer bell_;  // cancelled when there is something to do
  std::deque<Waiting> waiting_;
  std::uint64_t lost_ = 0;
  bool stopping_ = false;
};

}  // namespace sallyport::kube
