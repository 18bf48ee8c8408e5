#pragma once

#include <optional>
#include <string_view>

#include "base/instant.hpp"

namespace sallyport::kube {

// How far our clock is from the API server's, learnt from the Date of its answers. A value; the Api keeps one on its
// thread.
class ServerClock {
 public:
  // `date` as the answer had it ("Sat, 21 Nov 2026 05:41:24 GMT"), and our own time before and after the call.
  void learn(std::string_view date, Instant sent, Instant received);

  // The least that the server's clock is ahead of ours (negative: behind); 0 where they may be the same. A Date has
  // whole seconds, so that a difference below one does not show. Nothing: no answer has told yet.
  [[nodiscard]] std::optional<Duration> offset() const { return offset_; }

 private:
  std::optional<Duration> offset_;
};

// RFC 9110's preferred form of a date, the only one that servers write.
[[nodiscard]] std::optional<Instant> parse_http_date(std::string_view text);

}  // namespace sallyport::kube
