#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "json/value.hpp"
#include "model/log_record.hpp"

namespace sallyport::journal {

// A line of the log is one JSON object: v, seq, prev, time, mono, stream and event, then the record's own fields, and a
// newline.
// docs/log-format.md is the format's description for auditors.

inline constexpr std::uint64_t kFormat = 1;                      // `v`
inline constexpr std::size_t kLineLimit = std::size_t{1} << 20;  // its newline included
inline constexpr std::size_t kDepthLimit = 64;
// The `prev` of a stream's first line.
inline constexpr std::string_view kBeginning = "0000000000000000000000000000000000000000000000000000000000000000";

// What every line says besides its event and the record's fields.
struct Place {
  std::string stream;
  std::uint64_t seq = 0;
  std::string prev;  // the SHA-256 of the line before, newline included
};

// The part of the line that does not depend on its place: everything from the event on. bad_input if what it would give
// could not be read again (too long, not UTF-8, nested too deep, a field named like one of the line's own).
[[nodiscard]] Result<std::string> encode(const model::LogRecord& record);
// `steady`: of a clock that never jumps, so that a reader sees where `time` did.
[[nodiscard]] std::string make_line(const Place& place, Instant time, Duration steady, std::string_view encoded);

// Strict JSON within the line's limits; whether it is one of our lines is for `place_of` to say.
[[nodiscard]] Result<json::Value> parse_line(std::string_view line);
[[nodiscard]] Result<Place> place_of(const json::Value& line);
// What stands before the record's own fields, read without making values: views into the line. Nothing: it does not
// begin as `make_line` writes it.
struct LineStart {
  std::uint64_t seq = 0;
  std::string_view prev;
  std::string_view time;
  std::string_view stream;
  std::string_view event;
};
[[nodiscard]] std::optional<LineStart> read_start(std::string_view line);

// What the next line's `prev` must be.
[[nodiscard]] std::string head_of(std::string_view line);

}  // namespace sallyport::journal
