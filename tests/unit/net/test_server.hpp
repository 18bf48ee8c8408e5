#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "net/server.hpp"
#include "unit/net/certificates.hpp"

namespace sallyport::net::test {

// True as soon as `condition` is, false if it is not within half a minute.
[[nodiscard]] bool eventually(const std::function<bool()>& condition);

// An io_context on its own thread.
class Loop {
 public:
  Loop() : thread_([this] { io_.run(); }) {}
  ~Loop() {
    work_.reset();
    thread_.join();
  }

  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  // Runs it there and waits for it.
  template <typename T>
  T await(boost::asio::awaitable<T> work) {
    return boost::asio::co_spawn(io_, std::move(work), boost::asio::use_future).get();
  }
  void run(const std::function<void()>& work) {
    await([](const std::function<void()>* what) -> boost::asio::awaitable<void> {
      (*what)();
      co_return;
    }(&work));
  }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  std::thread thread_;
};

// A server on loopback, on its own thread, until the test ends.
class TestServer {
 public:
  explicit TestServer(Handler handler, Limits limits = {}, std::shared_ptr<TlsContext> tls = nullptr,
                      bool collect_headers = false);
  ~TestServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const Counters& counters() const { return *counters_; }
  [[nodiscard]] bool saw(Event event, std::uint64_t times = 1) const {
    return eventually([&] { return (*counters_)[event] >= times; });
  }
  [[nodiscard]] Server& server() { return *server_; }
  [[nodiscard]] Loop& loop() { return loop_; }

 private:
  std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
  Loop loop_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
};

// A handler that keeps its callers waiting until `open`; on the server's loop.
class Gate {
 public:
  [[nodiscard]] Handler handler();
  // How many wait.
  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  [[nodiscard]] bool is_closed(std::size_t call) const;  // is_open() is false, and when_closed has fired
  void open(Loop& loop);

 private:
  boost::asio::awaitable<Response> hold(std::shared_ptr<Call> call);
  std::size_t remember(std::shared_ptr<Call> call);

  std::atomic<std::size_t> waiting_{0};
  mutable std::mutex mutex_;  // guards the two below
  std::vector<std::shared_ptr<Call>> calls_;
  std::vector<std::size_t> closed_;
  std::vector<std::weak_ptr<boost::asio::steady_timer>> bells_;  // loop's thread; the loop goes before the gate
};

// Answers at once with what it was asked.
[[nodiscard]] Answer echo(Request request);
[[nodiscard]] std::shared_ptr<TlsContext> make_tls(const Issued& identity, const std::string& client_ca_pem = {});
[[nodiscard]] std::string post(const std::string& path, const std::string& body);

}  // namespace sallyport::net::test
