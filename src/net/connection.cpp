#include "net/connection.hpp"

#include <exception>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/request_reader.hpp"

namespace sallyport::net {
namespace {

namespace asio = boost::asio;
using State = RequestReader::State;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
// After so many bytes in one go the other connections get their turn.
constexpr std::size_t kTurn = kMiB;
// Who sends more than this instead of waiting for the answer is cut off.
constexpr std::size_t kEarlyBytes = 64 * kKiB;

Event event_of_lateness(Connection::Phase phase) {
  switch (phase) {
    case Connection::Phase::handshake:
      return Event::timed_out_handshake;
    case Connection::Phase::head:
      return Event::timed_out_head;
    case Connection::Phase::body:
      return Event::timed_out_body;
    case Connection::Phase::writing:
      return Event::timed_out_write;
    default:
      return Event::timed_out_idle;
  }
}

}  // namespace

Connection::Connection(std::shared_ptr<ConnectionHost> host, asio::ip::tcp::socket socket,
                       std::unique_ptr<Stream> stream, bool encrypted)
    : host_(std::move(host)), socket_(std::move(socket)), stream_(std::move(stream)), encrypted_(encrypted) {
  place_ = host_->connections.insert(host_->connections.end(), this);
  ++host_->counters->connections;
  ++host_->counters->half_open;
  since_ = Clock::now();
  deadline_ = since_ + host_->limits.handshake;
}

Connection::~Connection() {
  close();
  host_->connections.erase(place_);
}

void Connection::start() {
  asio::co_spawn(socket_.get_executor(), [self = shared_from_this()] { return self->run(); }, asio::detached);
}

// The stream goes with the socket: it knows the descriptor's number, which the next connection may get.
void Connection::close() {
  if (!is_open()) return;
  if (phase_ == Phase::idle) stream_->end_writing();
  stream_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
  --host_->counters->connections;
  no_longer_half_open();
  if (const auto call = std::exchange(call_, nullptr)) call->close();
}

void Connection::close_if_late(Clock::time_point now) {
  if (!is_open() || now < deadline_) return;
  if (phase_ != Phase::lingering) host_->counters->count(event_of_lateness(phase_));
  close();
}

void Connection::enter(Phase phase, Clock::time_point deadline) {
  phase_ = phase;
  deadline_ = deadline;
}

void Connection::no_longer_half_open() {
  if (std::exchange(half_open_, false)) --host_->counters->half_open;
}

asio::awaitable<void> Connection::run() {
  if (co_await handshake()) {
    while (co_await serve_one()) continue;
  }
  co_await linger();
  close();
}

// False: the connection is closed, by whoever.
asio::awaitable<bool> Connection::wait(IoStatus want) {
  const auto what = want == IoStatus::want_write ? asio::socket_base::wait_write : asio::socket_base::wait_read;
  const auto [error] = co_await socket_.async_wait(what, kNoThrow);
  co_return !error && is_open();
}

asio::awaitable<bool> Connection::yield() {
  co_await asio::post(socket_.get_executor(), asio::use_awaitable);
  co_return is_open();
}

asio::awaitable<bool> Connection::handshake() {
  for (Io io = stream_->handshake(); io.status != IoStatus::done; io = stream_->handshake()) {
    if (io.status == IoStatus::ended) {
      host_->counters->count(Event::handshake_failed);
      co_return false;
    }
    if (!co_await wait(io.status)) co_return false;
  }
  if (encrypted_) host_->counters->count(Event::handshake_done);
  client_name_ = stream_->client_name();
  co_return true;
}

asio::awaitable<bool> Connection::serve_one() {
  RequestReader reader(host_->limits, host_->bodies, host_->collects_headers ? Fields::all : Fields::needed);
  if (!co_await read_request(reader)) co_return false;
  Response response;
  bool keep_alive = false;
  if (reader.state() == State::refused) {
    host_->counters->count(reader.refusal());
    response = refusal_answer(reader.refusal());
  } else {
    host_->counters->count(Event::request_complete);
    response = co_await answer(reader.finish());
    if (!is_open()) co_return false;
    if (response.write_body && !reader.is_http_11()) {
      response = {505, "text/plain", "this answer is a stream: ask for it by HTTP/1.1\n"};
    }
    if (response.write_body && !reader.is_head_request()) {
      co_await stream(std::move(response));
      co_return false;
    }
    finish_call();
    keep_alive = reader.keep_alive() && early_bytes_ == 0 && !stream_->has_buffered() && host_->keeps_connections;
  }
  if (!co_await write(format_answer(response, host_->date, keep_alive, !reader.is_head_request()))) co_return false;
  host_->counters->count(Event::answered);
  co_return keep_alive;
}

void Connection::enter_reading(const RequestReader& reader) {
  if (reader.state() == State::body) return enter(Phase::body, arrived_ + host_->limits.request);
  if (reader.started()) return enter(Phase::head, arrived_ + host_->limits.head);
  enter(Phase::idle, since_ + host_->limits.idle);
}

Io Connection::read_some(RequestReader& reader) {
  if (reader.state() == State::body) {
    const auto room = reader.room();
    if (room.empty()) return {IoStatus::done};
    const Io io = stream_->read(room);
    if (io.status == IoStatus::done) reader.received(io.bytes);
    return io;
  }
  const Io io = stream_->read(host_->scratch);
  if (io.status == IoStatus::done) {
    if (!reader.started()) arrived_ = Clock::now();
    if (reader.take({host_->scratch.data(), io.bytes}) != State::head) no_longer_half_open();
  }
  return io;
}

// True: the reader is complete, or refuses.
asio::awaitable<bool> Connection::read_request(RequestReader& reader) {
  since_ = Clock::now();
  enter_reading(reader);
  // Trying to read first would mostly be a system call for nothing.
  if (!stream_->has_buffered() && !co_await wait(IoStatus::want_read)) co_return false;
  bool at_door = host_->caller_check != nullptr;
  bool may_continue = true;
  std::size_t turn = 0;
  while (reader.state() == State::head || reader.state() == State::body) {
    const Io io = read_some(reader);
    if (io.status == IoStatus::ended) {
      if (reader.started()) host_->counters->count(Event::cut_short);
      co_return false;
    }
    if (io.status == IoStatus::done) {
      turn += io.bytes;
    } else {
      enter_reading(reader);
      if (!co_await wait(io.status)) co_return false;
    }
    if (at_door && (reader.state() == State::body || reader.state() == State::complete)) {
      at_door = false;
      enter(Phase::body, arrived_ + host_->limits.request);
      auto entry = host_->caller_check(reader.path(), client_name_);
      if (auto* later = std::get_if<asio::awaitable<bool>>(&entry)) entry = co_await std::move(*later);
      if (!is_open()) co_return false;
      if (!std::get<bool>(entry)) reader.refuse(Event::forbidden);
    }
    if (reader.state() == State::body && reader.expects_continue() && std::exchange(may_continue, false)) {
      if (!co_await write("HTTP/1.1 100 Continue\r\n\r\n")) co_return false;
    }
    if (turn >= kTurn && !co_await yield()) co_return false;
    if (turn >= kTurn) turn = 0;
  }
  co_return true;
}

asio::awaitable<Response> Connection::answer(Request request) {
  request.client_name = client_name_;
  request.arrived = arrived_;
  request.call = call_ = std::make_shared<Call>();
  enter(Phase::handling, Clock::time_point::max());
  early_bytes_ = 0;
  const Response failed{500, "text/plain", "this server failed: see its log\n"};
  Response response = failed;
  try {
    Answer answer = host_->handler(std::move(request));
    if (auto* ready = std::get_if<Response>(&answer)) {
      response = std::move(*ready);
    } else {
      response = co_await hold(std::get<asio::awaitable<Response>>(std::move(answer)));
    }
  } catch (const std::exception&) {
    // What was thrown may name what the caller must not see.
    host_->counters->count(Event::handler_failed);
    co_return failed;
  }
  if (check(response)) co_return response;
  host_->counters->count(Event::handler_failed);
  co_return failed;
}

void Connection::finish_call() {
  if (const auto call = std::exchange(call_, nullptr)) call->finish();
}

asio::awaitable<Response> Connection::hold(asio::awaitable<Response> work) {
  watch(call_);
  auto response = co_await std::move(work);
  boost::system::error_code ignored;
  socket_.cancel(ignored);  // the watch
  co_return response;
}

// In the frame of `stream`, which outlives the handler's coroutine.
class Connection::ChunkWriter final : public BodyWriter {
 public:
  explicit ChunkWriter(Connection& connection) : connection_(connection) {}
  asio::awaitable<bool> write(std::string piece) override { return connection_.write_chunk(std::move(piece)); }

 private:
  Connection& connection_;
};

asio::awaitable<void> Connection::stream(Response response) {
  streaming_ = true;
  watch(call_);
  if (is_open() && host_->draining) end_stream();
  ChunkWriter writer(*this);
  bool whole = is_open() && co_await write(format_stream_head(response, host_->date));
  try {
    enter(Phase::handling, Clock::time_point::max());
    if (whole) co_await response.write_body(writer);
  } catch (const std::exception&) {
    host_->counters->count(Event::handler_failed);
    whole = false;
  }
  streaming_ = false;
  if (whole && is_open() && co_await write(std::string(kLastChunk))) {
    host_->counters->count(Event::answered);
  } else {
    close();
  }
  finish_call();
  boost::system::error_code ignored;
  if (is_open()) socket_.cancel(ignored);  // the watch
}

asio::awaitable<bool> Connection::write_chunk(std::string piece) {
  const auto call = call_;  // what follows may close the connection, and let go of its call
  if (!is_open() || !call->is_open()) co_return false;
  if (piece.empty()) co_return true;
  if (!co_await write(format_chunk(piece))) {
    close();
    co_return false;
  }
  enter(Phase::handling, Clock::time_point::max());
  co_return call->is_open();
}

void Connection::end_stream() {
  if (streaming_ && call_) call_->close();
}

// While the handler waits, nothing is due from the caller: an end means that he gave up. Bytes are thrown away, and the
// connection ends after the answer.
void Connection::watch(std::shared_ptr<Call> call) {
  if (!is_open() || call_ != call) return;
  Io io;
  do {
    io = stream_->read(host_->scratch);
    early_bytes_ += io.bytes;
  } while (io.status == IoStatus::done && stream_->has_buffered());
  if (io.status == IoStatus::ended || early_bytes_ > kEarlyBytes) {
    host_->counters->count(Event::caller_gone);
    return close();
  }
  socket_.async_wait(asio::socket_base::wait_read,
                     [self = shared_from_this(), call = std::move(call)](boost::system::error_code error) {
                       if (!error) self->watch(call);
                     });
}

asio::awaitable<bool> Connection::write(std::string bytes) {
  enter(Phase::writing, Clock::now() + host_->limits.write);
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const Io io = stream_->write(rest);
    if (io.status == IoStatus::ended) {
      host_->counters->count(Event::caller_gone);
      co_return false;
    }
    rest.remove_prefix(io.bytes);
    if (io.status != IoStatus::done && !co_await wait(io.status)) co_return false;
  }
  co_return true;
}

// A socket that is closed with unread bytes resets the connection, and the caller may lose the answer before he has
// read it. So what he still sends is thrown away, for a moment.
asio::awaitable<void> Connection::linger() {
  if (!is_open()) co_return;
  stream_->end_writing();
  enter(Phase::lingering, Clock::now() + host_->limits.linger);
  boost::system::error_code error;
  while (!error || error == asio::error::would_block) {
    if (!co_await wait(IoStatus::want_read)) co_return;
    socket_.read_some(asio::buffer(host_->scratch), error);
  }
}

}  // namespace sallyport::net
