#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "sink/batch.hpp"
#include "sink/log_file.hpp"

namespace sallyport::sink {

// Up to which line a stream is on disk. Nothing: this stream is nobody's in this process, and all that stands there
// counts.
using OnDisk = std::function<std::optional<std::uint64_t>(std::string_view stream)>;

// What stands in the log and has not been taken.
struct Lag {
  std::uint64_t records = 0;
  std::optional<Instant> oldest;  // when the first of them was written
};

// Reads the lines of a directory's logs (*.jsonl and *.jsonl.gz, not those in directories below it) behind the given
// positions, from the files themselves. Older streams first. A file may get another name, be compressed, or go on in
// another file, at any time; a line that has no newline yet is waited for. Blocks for as long as the disk does; one
// thread.
class Follower {
 public:
  // `gap` is told of lines that should be there and are not: they were in no file. (From the first to the last seq.)
  using TellGap = std::function<void(const std::string& stream, std::uint64_t first, std::uint64_t last)>;

  Follower(std::string dir, std::vector<Position> positions, OnDisk on_disk, TellGap gap);

  // The next lines; the same ones until they are `taken`. Nothing: there are no more for now. An Error: the directory
  // can not be read.
  [[nodiscard]] Result<std::optional<Batch>> next(const BatchLimits& limits);
  void taken(const Batch& batch);
  // Of the streams that are there and of which anything was taken.
  [[nodiscard]] std::vector<Position> positions() const;

  // By what is known since the last `next`.
  [[nodiscard]] Lag lag();
  // A stream stands at a line that is none of it: somebody has changed its file. The others go on.
  [[nodiscard]] const std::optional<std::string>& why_stuck() const { return why_stuck_; }

 private:
  struct File {
    std::string path;
    ino_t inode = 0;  // what the path stood for: at a rotation it comes to stand for another file
    std::string stream;
    std::uint64_t first_seq = 0;
    std::string time;  // of the first line
  };
  struct Stream {
    std::string name;
    std::vector<File> files;  // by first_seq
  };
  struct Read {
    std::optional<Batch> batch;
    bool has_ended = false;  // there is no whole line behind this place
  };

  [[nodiscard]] Result<void> list();
  // What a path stands for: of one that has changed, also the first line is looked at again, since the number of a file
  // that was removed is soon another one's.
  struct Seen {
    std::string path;
    ino_t inode = 0;
    std::uint64_t bytes = 0;
    std::int64_t changed = 0;  // nanoseconds

    friend auto operator<=>(const Seen&, const Seen&) = default;
  };
  [[nodiscard]] std::optional<File> look_at(const Seen& seen);
  [[nodiscard]] std::optional<Batch> next_of_any(const BatchLimits& limits);
  [[nodiscard]] std::optional<Batch> next_of(const Stream& stream, const BatchLimits& limits);
  [[nodiscard]] Result<Read> read(const File& file, const Position& behind, const BatchLimits& limits);
  [[nodiscard]] LogFile* open_at(const File& file, std::uint64_t offset);
  [[nodiscard]] Result<std::set<std::string>> log_paths() const;
  [[nodiscard]] static int rank_of(const File& file);
  [[nodiscard]] Position& position_of(const Stream& stream);
  // False: it has to be looked for once more.
  [[nodiscard]] bool is_certainly_missing(const std::string& stream, std::uint64_t seq);
  void skip_to(const File& file, Position& position) const;
  [[nodiscard]] std::uint64_t last_seq(const Stream& stream);

  const std::string dir_;
  const OnDisk on_disk_;
  const TellGap tell_gap_;
  std::vector<Position> positions_;
  std::set<std::string> proven_;  // streams whose position is not only what a file says
  std::vector<Stream> streams_;   // oldest first
  std::map<Seen, File> known_;
  // By stream, the file that was read last. A compressed one stays open, since to find a place in it means to read up
  // to there.
  struct Open {
    std::unique_ptr<LogFile> file;
    std::uint64_t at = 0;  // not before this
  };
  std::map<std::string, Open> open_;
  std::map<std::pair<std::string, ino_t>, std::uint64_t> last_seqs_;  // of compressed files, by path
  std::uint64_t looks_ = 0;                                           // at the directory
  // By stream, a line that was in no file, and at which look: amid a rotation, one look can miss a file that is there.
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> missing_;
  bool is_unsure_ = false;
  std::optional<std::string> why_stuck_;
};

}  // namespace sallyport::sink
