#include "endpoints/io_threads.hpp"

#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace sallyport::endpoints {

namespace asio = boost::asio;

struct IoThreads::IoThread {
  IoThread(const net::Server::Options& options, std::unique_ptr<Webhooks> own_webhooks)
      : webhooks(std::move(own_webhooks)), server(io, with_caller_check(options), [this](net::Request request) {
          return webhooks->handle(std::move(request));
        }) {}

  net::Server::Options with_caller_check(net::Server::Options options) {
    options.caller_check = [this](std::string_view path, const auto& name) {
      return webhooks->authorize_caller(path, name);
    };
    return options;
  }

  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
  std::unique_ptr<Webhooks> webhooks;
  net::Server server;
  std::thread thread;
};

IoThreads::IoThreads(std::size_t count, net::Server::Options options,
                     std::function<std::unique_ptr<Webhooks>()> make_webhooks) {
  for (std::size_t i = 0; i < count; ++i) threads_.push_back(std::make_unique<IoThread>(options, make_webhooks()));
}

IoThreads::~IoThreads() {
  stop();
}

Result<void> IoThreads::start() {
  for (auto& thread : threads_) {
    if (const auto started = thread->server.start(); !started) return started;
  }
  for (auto& thread : threads_) thread->thread = std::thread([&io = thread->io] { io.run(); });
  return {};
}

void IoThreads::publish(const std::shared_ptr<const admission::PolicySnapshot>& snapshot) {
  for (auto& thread : threads_) {
    asio::post(thread->io, [webhooks = thread->webhooks.get(), snapshot] { webhooks->set_snapshot(snapshot); });
  }
}

void IoThreads::stop_keeping_connections() {
  for (auto& thread : threads_) {
    asio::post(thread->io, [&server = thread->server] { server.stop_keeping_connections(); });
  }
}

void IoThreads::drain(asio::any_io_executor executor, std::function<void()> drained) {
  const auto left = std::make_shared<std::size_t>(threads_.size());  // touched on `executor` alone
  for (auto& thread : threads_) {
    asio::co_spawn(thread->io, thread->server.drain(), [executor, left, drained](std::exception_ptr) {
      asio::post(executor, [left, drained] {
        if (--*left == 0) drained();
      });
    });
  }
}

void IoThreads::stop() {
  for (auto& thread : threads_) {
    if (!thread->thread.joinable()) continue;
    asio::post(thread->io, [&thread] {
      thread->server.close();
      thread->work.reset();
      thread->io.stop();
    });
    thread->thread.join();
  }
}

}  // namespace sallyport::endpoints
