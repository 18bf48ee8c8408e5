#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "logs/batch.hpp"

namespace sallyport::sink {

// What one sink has delivered. It stands in <dir>/<sink>.cursor, one JSON object:
//   {"v":1,"sink":"siem","positions":[{"stream":"sallyport-0-snofzw3f","seq":48,"offset":31337,"head":"..."}]}
// A stream without a position has not been delivered at all: of it, nothing may be deleted.
struct Cursor {
  std::string sink;
  std::vector<logs::Position> positions;

  friend bool operator==(const Cursor&, const Cursor&) = default;
};

// A sink's name is a DNS label: it names a file, and a metric's label.
[[nodiscard]] bool is_sink_name(std::string_view name);

// Every cursor in the directory, by name. One that is damaged is there without positions: its sink starts anew. An
// Error: the directory cannot be read, so nobody knows.
[[nodiscard]] Result<std::vector<Cursor>> read_cursors(const std::string& dir);
// Up to which line of the stream every sink has delivered: what is behind it must be kept. 0 where one has delivered
// nothing of it, or that cannot be known; the greatest number where there is no sink.
[[nodiscard]] std::uint64_t taken_up_to(const std::string& dir, std::string_view stream);
// The one of this sink; without positions if it has none there, or a damaged one.
[[nodiscard]] Cursor read_cursor(const std::string& dir, const std::string& sink);
// Takes the old one's place as a whole, and is on disk when it returns.
[[nodiscard]] Result<void> write_cursor(const std::string& dir, const Cursor& cursor);
[[nodiscard]] Result<void> remove_cursor(const std::string& dir, const std::string& sink);

}  // namespace sallyport::sink
