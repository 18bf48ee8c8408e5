#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "endpoints/webhooks.hpp"
#include "net/server.hpp"

namespace sallyport::endpoints {

// The threads that answer the webhooks' port: each with its own io_context, its own server on the shared address, and
// its own pointer to the snapshot. All members are called on the engine's thread.
class IoThreads {
 public:
  IoThreads(std::size_t count, net::Server::Options options, std::function<std::unique_ptr<Webhooks>()> make_webhooks);
  ~IoThreads();
  IoThreads(const IoThreads&) = delete;
  IoThreads& operator=(const IoThreads&) = delete;

  [[nodiscard]] Result<void> start();
  void publish(const std::shared_ptr<const admission::PolicySnapshot>& snapshot);
  // Answers whoever comes, and has each connection end with its next answer.
  void stop_keeping_connections();
  // Stops accepting and lets the calls in flight end; `drained` is called on the given executor once all have.
  void drain(boost::asio::any_io_executor executor, std::function<void()> drained);
  // Closes everything and joins the threads.
  void stop();

 private:
  struct IoThread;
  std::vector<std::unique_ptr<IoThread>> threads_;
};

}  // namespace sallyport::endpoints
