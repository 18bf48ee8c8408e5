#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/http.hpp"
#include "net/http_head.hpp"
#include "net/limits.hpp"

namespace sallyport::net {

// Puts one request together from the bytes of a connection, within the limits. No I/O, no clock.
class RequestReader {
 public:
  enum class State { head, body, complete, refused };

  // `limits` outlives the reader: it is the server's.
  RequestReader(const Limits& limits, std::shared_ptr<BodyPool> bodies, Fields fields = Fields::needed)
      : limits_(limits), bodies_(std::move(bodies)), fields_(fields) {}

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool started() const { return state_ != State::head || !partial_.empty(); }

  // While in `head`: the next bytes, of which those behind the head begin the body.
  State take(std::string_view bytes);
  // While in `body`: where the next bytes go, and how many went there. No room: refused.
  [[nodiscard]] std::span<char> room();
  State received(std::size_t bytes);

  // Once the head is there: nothing of the body is wanted.
  State refuse(Event why);
  [[nodiscard]] std::string_view path() const { return head_.path; }

  [[nodiscard]] bool expects_continue() const { return head_.expects_continue; }
  [[nodiscard]] bool is_head_request() const { return head_request_; }
  [[nodiscard]] bool is_http_11() const { return head_.http_11; }
  // False if the caller said so, or sent more than one request before it was answered: we do not do pipelining.
  [[nodiscard]] bool keep_alive() const { return head_.keep_alive && !early_bytes_; }
  [[nodiscard]] Event refusal() const { return refusal_; }

  // The complete request, once; what only the connection knows is left empty.
  [[nodiscard]] Request finish();

 private:
  State begin_body(std::string_view start);

  const Limits& limits_;
  const std::shared_ptr<BodyPool> bodies_;
  const Fields fields_;
  State state_ = State::head;
  Event refusal_ = Event::bad_request;
  bool early_bytes_ = false;
  bool head_request_ = false;
  std::string partial_;  // a head that comes in pieces
  Head head_;
  Body body_;
};

// The answer to a request that was refused by the server itself.
[[nodiscard]] Response refusal_answer(Event why);

}  // namespace sallyport::net
