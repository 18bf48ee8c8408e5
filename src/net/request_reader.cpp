#include "net/request_reader.hpp"

#include <algorithm>
#include <utility>

namespace sallyport::net {
RequestReader::State RequestReader::refuse(Event why) {
  refusal_ = why;
  body_ = {};
  return state_ = State::refused;
}

RequestReader::State RequestReader::take(std::string_view bytes) {
  const std::size_t searched = partial_.size();
  if (searched > 0) bytes = partial_.append(bytes);
  const std::size_t end = find_head_end(bytes, searched);
  if (std::min(end, bytes.size()) > limits_.head_bytes) return refuse(Event::head_too_large);
  if (end == std::string_view::npos) {
    if (searched == 0) partial_ = bytes;
    return state_;
  }
  auto head = parse_head(bytes.substr(0, end), fields_);
  if (!head) return refuse(head.error());
  head_ = std::move(*head);
  head_request_ = head_.method == "HEAD";
  state_ = begin_body(bytes.substr(end));
  partial_ = {};
  return state_;
}

RequestReader::State RequestReader::begin_body(std::string_view start) {
  if (head_.content_length > limits_.body_bytes) return refuse(Event::body_too_large);
  if (start.size() > head_.content_length) {
    early_bytes_ = true;
    start = start.substr(0, head_.content_length);
  }
  if (head_.content_length == 0) return State::complete;
  body_ = Body(bodies_, head_.content_length);
  state_ = State::body;
  while (!start.empty()) {
    const auto space = room();
    if (space.empty()) return state_;
    received(start.copy(space.data(), space.size()));
    start.remove_prefix(std::min(start.size(), space.size()));
  }
  return state_;
}

std::span<char> RequestReader::room() {
  const auto space = body_.room();
  if (space.empty()) refuse(Event::overloaded);
  return space;
}

RequestReader::State RequestReader::received(std::size_t bytes) {
  body_.received(bytes);
  return state_ = body_.is_complete() ? State::complete : State::body;
}

Request RequestReader::finish() {
  Request request;
  request.method = std::move(head_.method);
  request.path = std::move(head_.path);
  request.query = std::move(head_.query);
  request.content_type = std::move(head_.content_type);
  request.headers = std::move(head_.headers);
  request.body = std::move(body_);
  return request;
}

Response refusal_answer(Event why) {
  switch (why) {
    case Event::forbidden:
      return {403, "text/plain; charset=utf-8", "forbidden\n"};
    case Event::length_required:
      return {411, "text/plain", "Transfer-Encoding is not accepted: send the body with a Content-Length\n"};
    case Event::body_too_large:
      return {413, "text/plain", "the body is larger than this server takes\n"};
    case Event::head_too_large:
      return {431, "text/plain", "the header is larger than this server takes\n"};
    case Event::overloaded:
      return {503, "text/plain", "too many bytes of other requests are being read: send it again\n", 1};
    default:
      return {400, "text/plain", "this is not one well-formed HTTP/1.1 request\n"};
  }
}

}  // namespace sallyport::net
