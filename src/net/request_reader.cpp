#include "net/request_reader.hpp"

#include <algorithm>
#include <utility>

namespace sallyport::net {
namespace {

// Up to here a claimed length is believed. A longer body gets memory as its bytes come: at most eight times what is
// there already, in few enough steps that copying stays cheap.
constexpr std::size_t kBelieved = 128 * kKiB;
constexpr std::size_t kGrowth = 8;

}  // namespace

RequestReader::State RequestReader::refuse(Event why) {
  refusal_ = why;
  charge_.release();
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
  auto head = parse_head(bytes.substr(0, end));
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
  if (!grow()) return refuse(Event::overloaded);
  start.copy(body_.data(), start.size());
  state_ = State::body;
  return received(start.size());
}

// All of `body_` is valid here. The new bytes are left as they are: each is written before it is read. (libstdc++ 12
// may offer more bytes than it was asked for.)
bool RequestReader::grow() {
  const std::size_t size = std::min<std::size_t>(head_.content_length, std::max(kBelieved, kGrowth * body_.size()));
  if (!charge_.raise_to(size, limits_.body_bytes_in_flight)) return false;
  body_.resize_and_overwrite(size, [size](char*, std::size_t) { return size; });
  return true;
}

std::span<char> RequestReader::room() {
  if (received_ == body_.size() && !grow()) {
    refuse(Event::overloaded);
    return {};
  }
  return std::span(body_).subspan(received_);
}

RequestReader::State RequestReader::received(std::size_t bytes) {
  received_ += bytes;
  return state_ = received_ == head_.content_length ? State::complete : State::body;
}

Request RequestReader::finish() {
  Request request;
  request.method = std::move(head_.method);
  request.path = std::move(head_.path);
  request.query = std::move(head_.query);
  request.content_type = std::move(head_.content_type);
  request.body = std::move(body_);
  request.charge = std::move(charge_);
  return request;
}

Response refusal_answer(Event why) {
  switch (why) {
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
