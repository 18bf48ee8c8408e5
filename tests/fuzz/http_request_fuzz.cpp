// A caller's bytes, however they are cut: no crash, one outcome, nothing that stays charged, and headers that a handler
// sends on stay as many lines as they were.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_head.hpp"
#include "net/request_reader.hpp"

namespace {

using namespace sallyport::net;
using State = RequestReader::State;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  State state = State::head;
  Event refusal = Event::bad_request;
  Request request;
};

void feed_body(RequestReader& reader, std::string_view piece) {
  while (reader.state() == State::body && !piece.empty()) {
    const auto room = reader.room();
    const std::size_t count = std::min(room.size(), piece.size());
    std::copy_n(piece.begin(), count, room.begin());
    piece.remove_prefix(count);
    if (count > 0) reader.received(count);
  }
}

// As a connection does it, with reads of so many bytes.
Outcome read(std::string_view bytes, std::size_t at_most, const Limits& limits, std::shared_ptr<BodyPool> bodies,
             Fields fields) {
  RequestReader reader(limits, std::move(bodies), fields);
  while (!bytes.empty() && (reader.state() == State::head || reader.state() == State::body)) {
    const auto piece = bytes.substr(0, at_most);
    bytes.remove_prefix(piece.size());
    if (reader.state() == State::head) {
      reader.take(piece);
    } else {
      feed_body(reader, piece);
    }
  }
  Outcome outcome{reader.state(), reader.refusal(), {}};
  if (reader.state() == State::complete) outcome.request = reader.finish();
  return outcome;
}

void check_same(const Outcome& a, const Outcome& b) {
  require(a.state == b.state);
  require(a.state != State::refused || a.refusal == b.refusal);
  require(a.request.method == b.request.method);
  require(a.request.path == b.request.path);
  require(a.request.query == b.request.query);
  require(a.request.content_type == b.request.content_type);
  require(std::string_view(a.request.body) == std::string_view(b.request.body));
}

std::size_t lines_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return c == '\n' || c == '\r'; }));
}

void check_forwarded(const Headers& headers) {
  require(headers.check().has_value());
  Response response{200, "text/plain", {}};
  std::size_t sent = 0;
  for (const auto& [name, value] : headers) {
    if (!check_for_sending({{name, value}})) continue;
    response.headers.add(name, value);
    ++sent;
  }
  require(check(response).has_value());
  const std::string with = format_answer(response, "now", true, true);
  response.headers = {};
  require(lines_of(with) == lines_of(format_answer(response, "now", true, true)) + 2 * sent);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  Limits limits;
  limits.head_bytes = 1024;
  limits.body_bytes = 1024;
  const auto counters = std::make_shared<Counters>();
  const auto bodies = std::make_shared<BodyPool>(limits, counters);
  {
    const Outcome whole = read(bytes, 16 * kKiB, limits, bodies, Fields::all);
    const Outcome lean = read(bytes, 16 * kKiB, limits, bodies, Fields::needed);
    const Outcome in_pieces = read(bytes, std::size_t{1} + data[0], limits, bodies, Fields::all);
    check_same(whole, lean);
    check_same(whole, in_pieces);
    require(lean.request.headers.begin() == lean.request.headers.end());
    if (whole.state == State::complete) check_forwarded(whole.request.headers);
  }
  require(counters->body_bytes_in_flight == 0);
  return 0;
}
