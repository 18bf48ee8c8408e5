#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/histogram.hpp"
#include "base/result.hpp"
#include "base/signature.hpp"
#include "engine/seams.hpp"
#include "journal/scan.hpp"
#include "json/value.hpp"

namespace sallyport::journal {

struct Counters {
  std::uint64_t records = 0;  // on disk
  std::uint64_t syncs = 0;
  std::uint64_t bytes = 0;
  std::uint64_t errors = 0;  // records that should have come into the log and did not
  std::uint64_t rotations = 0;
  std::uint64_t volume_bytes = 0;  // of the log's volume; 0: not known
  std::uint64_t volume_free = 0;   // of them, for us
};

struct Limits {
  std::size_t batch_records = 1024;
  std::size_t batch_bytes = std::size_t{1} << 20;
  // A disk that is this far behind has failed: what waits for it is held in memory.
  std::size_t queue_bytes = std::size_t{64} << 20;
  Duration sign_every = std::chrono::minutes(1);
  // A file that has come so far is closed, and the next one begun.
  std::uint64_t file_bytes = std::uint64_t{64} << 20;
  Duration file_age = std::chrono::hours(24);
};

// This replica's log. What engine/seams.hpp says of threads holds for all of it. An append cannot be cancelled. The
// destructor writes what is still queued; it must run before that of the io_context whose coroutines append.
class Journal : public engine::Journal {
 public:
  [[nodiscard]] virtual const std::string& stream() const = 0;
  // Nothing: it works. Once it has failed, it stays so until the process starts anew.
  [[nodiscard]] virtual std::optional<std::string> why_failed() const = 0;
  [[nodiscard]] virtual Counters counters() const = 0;
  // How long the disk took to have what was written.
  [[nodiscard]] virtual const Histogram& syncs_took() const = 0;
  // The number of the last line that is on disk. What stands in the file after it may yet be lost.
  [[nodiscard]] virtual std::uint64_t seq_on_disk() const = 0;
  // From now on what the log holds is signed by this key (docs/log-format.md, Checkpoints). A key that the log has not
  // seen is noted in it first.
  virtual void sign_with(SigningKey key) = 0;
};

struct Opened {
  std::unique_ptr<Journal> journal;
  std::uint64_t records = 0;        // found there
  std::uint64_t retired_up_to = 0;  // seq: files with lines up to this may go, as the log says above a signature
  std::vector<json::Value> open_intents;
  model::LoggedHistory history;
  std::optional<TornTail> repaired;  // what was cut off, and is told by the event `repaired`
};

// Opens <dir>/<name>.jsonl, or begins it, reads it and what was closed before it, and checks the chain. An Error: it is
// not to be had, or not to be trusted; nothing may be decided then, and the message says what to do. `name` is the
// replica's, as a DNS name. Clock and random outlive the journal.
[[nodiscard]] Result<Opened> open(const std::string& dir, const std::string& name, const Clock& clock, Random& random,
                                  const Limits& limits = {});

}  // namespace sallyport::journal
