#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/instant.hpp"
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

  // Of the last file: its first line, the whole lines' bytes, and what comes after them.
  std::uint64_t first_seq = 1;
  std::optional<Instant> begun;
  std::uint64_t bytes = 0;
  std::optional<TornTail> torn;

  std::string log_key;                     // by whose key what follows is signed, as the log says
  std::uint64_t retired_up_to = 0;         // files with lines up to this may be gone, as an event `retired` says
  std::uint64_t signed_retired_up_to = 0;  // the same, where a checkpoint stands behind that event

  // Intents whose outcome the log does not know (no record says it, or one says "unknown"): the lines, oldest first.
  std::vector<json::Value> open_intents;
  model::LoggedHistory history;
};

// Fills the buffer as far as it can; 0 is the end.
using ReadSome = std::function<Result<std::size_t>(std::span<char>)>;

// Reads a stream's files in their order, line by line, and checks that each follows from the one before.
class Scanner {
 public:
  Scanner();
  ~Scanner();

  // The next file. bad_input if a line does not follow: the message begins with its number in the stream ("line 7
  // ..."). What comes last and is no whole line is a torn tail, not an error.
  [[nodiscard]] Result<void> read(const ReadSome& file);
  // bad_input: its beginning is missing, and no line says why.
  [[nodiscard]] Result<Scanned> finish();

 private:
  class Lines;
  std::unique_ptr<Lines> lines_;
};

}  // namespace sallyport::journal
