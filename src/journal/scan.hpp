#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "journal/line.hpp"
#include "json/value.hpp"
#include "model/log_record.hpp"

namespace sallyport::journal {

// What a crash has left of a line that was being written: nobody was ever told that it was there.
struct TornTail {
  std::uint64_t bytes = 0;
  std::string sha256;
};

// What a stream holds, and where it goes on.
struct Scanned {
  std::string stream;  // "": there is no line yet
  std::uint64_t seq = 0;
  std::string head{kBeginning};
  std::uint64_t bytes = 0;  // of the whole lines
  std::optional<TornTail> torn;

  std::string log_key;  // of the last event `log_key`: by whose key what follows is signed

  // Intents whose outcome the log does not know (no record says it, or one says "unknown"): the lines, oldest first.
  std::vector<json::Value> open_intents;
  model::LoggedHistory history;
};

// Fills the buffer as far as it can; 0 is the end.
using ReadSome = std::function<Result<std::size_t>(std::span<char>)>;

// Reads a stream from its first byte, line by line, and checks that each follows from the one before. bad_input if one
// does not: the message begins with its number ("line 7 ..."). What comes last and is no whole line is a torn tail, not
// an error.
[[nodiscard]] Result<Scanned> scan(const ReadSome& read);

}  // namespace sallyport::journal
