#pragma once

#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "kube/api.hpp"

namespace sallyport::kube {

// An API server of a few lines: plain HTTP on loopback, each call answered by a function, watches fed by hand.
class FakeApiServer {
 public:
  struct Call {
    std::string head;  // the request line and the headers
    std::string body;
    [[nodiscard]] bool is(std::string_view start) const { return head.starts_with(start); }
    [[nodiscard]] bool has(std::string_view part) const { return head.contains(part); }
  };
  struct Answer {
    enum class Kind { whole, stream, hang_up };
    Kind kind = Kind::whole;
    int status = 200;
    std::string body;
    std::string headers;  // each with its line's end
  };
  using Handler = std::function<Answer(const Call&)>;

  FakeApiServer(boost::asio::io_context& io, Handler handler)
      : handler_(std::move(handler)), acceptor_(io, {boost::asio::ip::address_v4::loopback(), 0}) {
    boost::asio::co_spawn(io, accept(), boost::asio::detached);
  }

  [[nodiscard]] std::unique_ptr<Api> make_api(const boost::asio::any_io_executor& executor, Config config = {},
                                              Worker worker = Worker()) {
    return make_api({executor, clock_, random_, std::move(worker)}, std::move(config));
  }
  [[nodiscard]] std::unique_ptr<Api> make_api(Environment environment, Config config = {}) const {
    config.endpoint.tls = false;
    config.endpoint.host = "127.0.0.1";
    config.endpoint.port = acceptor_.local_endpoint().port();
    auto api = Api::make(std::move(environment), std::move(config), "sallyport/test");
    EXPECT_TRUE(api);
    return std::move(*api);
  }

  // To every watch that is open.
  void feed(std::string_view lines) {
    const std::string chunk = fmt::format("{:x}\r\n{}\r\n", lines.size(), lines);
    for (const auto& stream : streams_) boost::asio::write(*stream, boost::asio::buffer(chunk));
  }
  // Each ends as a watch does whose time is up.
  void end_streams() {
    for (const auto& stream : streams_) boost::asio::write(*stream, boost::asio::buffer(std::string_view("0\r\n\r\n")));
    streams_.clear();
  }
  [[nodiscard]] std::size_t open_streams() const { return streams_.size(); }
  [[nodiscard]] const std::vector<Call>& calls() const { return calls_; }
  // Of all clients; streams not counted.
  [[nodiscard]] std::size_t open_connections() const { return *open_connections_; }

 private:
  using Socket = boost::asio::ip::tcp::socket;
  static constexpr auto kNoThrow = boost::asio::as_tuple(boost::asio::use_awaitable);

  boost::asio::awaitable<void> accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(kNoThrow);
      if (error) co_return;
      auto kept = std::make_shared<Socket>(std::move(socket));
      ++*open_connections_;
      boost::asio::co_spawn(acceptor_.get_executor(), serve(kept),
                            [open = open_connections_](std::exception_ptr) { --*open; });
    }
  }

  boost::asio::awaitable<void> serve(std::shared_ptr<Socket> socket) {
    std::string bytes;
    for (;;) {
      const auto [error, size] =
          co_await boost::asio::async_read_until(*socket, boost::asio::dynamic_buffer(bytes), "\r\n\r\n", kNoThrow);
      if (error) co_return;
      Call call{.head = bytes.substr(0, size), .body = {}};
      bytes.erase(0, size);
      const auto length_at = call.head.find("Content-Length: ");
      const std::size_t length = length_at == std::string::npos ? 0 : std::stoul(call.head.substr(length_at + 16));
      while (bytes.size() < length) {
        char piece[4096];
        const auto [cut, got] = co_await socket->async_read_some(boost::asio::buffer(piece), kNoThrow);
        if (cut) co_return;
        bytes.append(piece, got);
      }
      call.body = bytes.substr(0, length);
      bytes.erase(0, length);
      calls_.push_back(call);
      const Answer answer = handler_(call);
      if (answer.kind == Answer::Kind::hang_up) co_return;
      const bool stream = answer.kind == Answer::Kind::stream;
      const std::string framing =
          stream ? "Transfer-Encoding: chunked\r\n" : fmt::format("Content-Length: {}\r\n", answer.body.size());
      const std::string whole = fmt::format("HTTP/1.1 {} X\r\nContent-Type: application/json\r\n{}{}\r\n{}",
                                            answer.status, answer.headers, framing, answer.body);
      const auto [unwritten, sent] = co_await boost::asio::async_write(*socket, boost::asio::buffer(whole), kNoThrow);
      if (unwritten) co_return;
      if (stream) {
        streams_.push_back(socket);
        co_return;
      }
    }
  }

  SystemClock clock_;
  SystemRandom random_;
  Handler handler_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<std::shared_ptr<Socket>> streams_;
  std::vector<Call> calls_;
  std::shared_ptr<std::size_t> open_connections_ = std::make_shared<std::size_t>(0);
};

// A Worker's thread that does nothing until it is let go.
class HeldWorker {
 public:
  HeldWorker() {
    boost::asio::post(pool_, [this] { gate_.acquire(); });
  }
  ~HeldWorker() {
    let_go();
    pool_.join();
  }
  HeldWorker(const HeldWorker&) = delete;
  HeldWorker& operator=(const HeldWorker&) = delete;
  [[nodiscard]] Worker worker() { return Worker(pool_.get_executor()); }
  void let_go() {
    if (!std::exchange(let_go_, true)) gate_.release();
  }

 private:
  std::binary_semaphore gate_{0};
  bool let_go_ = false;
  boost::asio::thread_pool pool_{1};
};

// Runs the context until the coroutine has its result.
template <typename T>
T run(boost::asio::io_context& io, boost::asio::awaitable<T> work) {
  std::optional<T> result;
  boost::asio::co_spawn(io, std::move(work), [&result](std::exception_ptr error, T value) {
    EXPECT_FALSE(error);
    result = std::move(value);
  });
  io.restart();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!result && std::chrono::steady_clock::now() < deadline) io.run_one_for(std::chrono::seconds(1));
  EXPECT_TRUE(result) << "nothing came of it within 30 s";
  return std::move(*result);
}

// Runs it until something holds.
inline bool run_until(boost::asio::io_context& io, const std::function<bool()>& holds) {
  io.restart();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds() && std::chrono::steady_clock::now() < deadline) io.run_one_for(std::chrono::milliseconds(100));
  return holds();
}

}  // namespace sallyport::kube
