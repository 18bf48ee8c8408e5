#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "json/value.hpp"

namespace sallyport::kube {

struct WatchEvent {
  enum class Type { added, modified, deleted, bookmark, error };
  Type type = Type::error;
  json::Value object;  // of `error`: a metav1.Status
};

// Cuts a watch's bytes, which come in any pieces, into its events: one JSON document a line. A value: one thread at a
// time.
class WatchReader {
 public:
  void feed(std::string_view bytes) { pending_.append(bytes); }
  // The next whole event; nothing if more bytes are needed. bad_input: the stream cannot be trusted any more.
  [[nodiscard]] Result<std::optional<WatchEvent>> next();
  // All whole events that there are, in order; behind them, why there will be no more.
  struct Events {
    std::vector<WatchEvent> events;
    std::optional<Error> broken;
  };
  [[nodiscard]] Events take_all();
  // Bytes that were fed and not given yet.
  [[nodiscard]] std::size_t pending() const { return pending_.size(); }

 private:
  std::string pending_;
  std::size_t searched_ = 0;  // of pending_, without finding a line's end
};

}  // namespace sallyport::kube
