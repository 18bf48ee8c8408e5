#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "net/http.hpp"
#include "net/limits.hpp"
#include "net/stream.hpp"

namespace sallyport::net {

class Connection;
class RequestReader;

// What the connections of one server share. Its thread only, but for the counters.
struct ConnectionHost {
  Limits limits;
  Handler handler;
  CallerCheck caller_check;
  std::shared_ptr<Counters> counters;
  std::shared_ptr<BodyPool> bodies;
  // Reads are done at once, so all connections can read into one place: none has a buffer of its own.
  std::vector<char> scratch = std::vector<char>(16 * kKiB);
  std::string date;
  bool collects_headers = false;
  bool keeps_connections = true;  // false: each ends with its next answer
  bool draining = false;
  std::list<Connection*> connections;  // oldest first
};

// One caller's connection: a coroutine that reads a request, has it answered and writes the answer, again and again. It
// owns itself while it runs. The server's sweep looks at what it is doing, and ends what takes too long.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Phase { handshake, idle, head, body, handling, writing, lingering };

  Connection(std::shared_ptr<ConnectionHost> host, boost::asio::ip::tcp::socket socket, std::unique_ptr<Stream> stream,
             bool encrypted);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  // At once, whatever it is doing; a call that waits for its answer learns of it.
  void close();
  void close_if_late(Clock::time_point now);
  // A stream is told that nobody reads on, and ends in good order.
  void end_stream();

  [[nodiscard]] bool is_open() const { return stream_ != nullptr; }
  [[nodiscard]] bool is_idle() const { return is_open() && phase_ == Phase::idle; }
  [[nodiscard]] bool is_half_open() const { return is_open() && half_open_; }
  [[nodiscard]] Clock::time_point since() const { return since_; }  // when it became idle, or began

 private:
  class ChunkWriter;

  boost::asio::awaitable<void> run();
  boost::asio::awaitable<bool> handshake();
  boost::asio::awaitable<bool> serve_one();
  // The reader is in serve_one's frame.
  boost::asio::awaitable<bool> read_request(RequestReader& reader);
  boost::asio::awaitable<Response> answer(Request request);
  boost::asio::awaitable<void> stream(Response response);
  boost::asio::awaitable<Response> hold(boost::asio::awaitable<Response> work);
  boost::asio::awaitable<bool> write(std::string bytes);
  boost::asio::awaitable<bool> write_chunk(std::string piece);
  boost::asio::awaitable<void> linger();
  boost::asio::awaitable<bool> wait(IoStatus want);
  boost::asio::awaitable<bool> yield();

  Io read_some(RequestReader& reader);
  void watch(std::shared_ptr<Call> call);
  void finish_call();
  void enter(Phase phase, Clock::time_point deadline);
  void enter_reading(const RequestReader& reader);
  void no_longer_half_open();

  std::shared_ptr<ConnectionHost> host_;
  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<Stream> stream_;  // null once closed
  std::list<Connection*>::iterator place_;
  const bool encrypted_;
  bool half_open_ = true;
  Phase phase_ = Phase::handshake;
  Clock::time_point since_;
  Clock::time_point deadline_;
  Clock::time_point arrived_;
  std::optional<std::string> client_name_;
  std::shared_ptr<Call> call_;  // while a request is handled or a stream goes on
  bool streaming_ = false;
  std::size_t early_bytes_ = 0;  // sent by the caller while it waits for an answer
};

}  // namespace sallyport::net
