#pragma once

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

#include "base/instant.hpp"
#include "base/result.hpp"
#include "logs/batch.hpp"
#include "logs/directory.hpp"
#include "logs/stored_file.hpp"

namespace sallyport::logs {

// Up to which line a stream is on disk. Nothing: this stream is nobody's in this process, and all that stands there
// counts.
using OnDisk = std::function<std::optional<std::uint64_t>(std::string_view stream)>;

// What stands in the log and has not been taken.
struct Lag {
  std::uint64_t records = 0;
  std::optional<Instant> oldest;  // when the first of them was written
};

// Reads the lines of logs behind the given positions, from the files themselves, while those go on. Older streams
// first. A file may get another name, be compressed, or go on in another file, at any time; a line that has no newline
// yet is waited for. Blocks for as long as the disk does; one thread.
class Follower {
 public:
  enum class Purpose {
    // Every line of a directory (without those below it) from the oldest that is there, and each proven to follow from
    // the one before: where it does not, its stream stays.
    deliver,
    // What comes, and for a beginning what each stream's two newest files hold, without those that are compressed
    // already. What cannot be read is passed over.
    show,
  };
  // Of lines that should be there and are not: they were in no file. (From the first to the last seq.)
  using TellGap =
      std::function<void(const std::string& path, const std::string& stream, std::uint64_t first, std::uint64_t last)>;
  // Of what cannot be read, whenever it is met.
  using TellUnreadable = std::function<void(const std::string& path, const std::string& why)>;

  struct Told {
    TellGap gap;
    TellUnreadable unreadable = [](const std::string&, const std::string&) {};
  };

  Follower(Purpose purpose, std::vector<std::string> places, std::vector<Position> positions, OnDisk on_disk,
           Told told);

  // The next lines; the same ones until they are `taken`. Nothing: there are no more for now. An Error: a directory
  // from which lines are delivered cannot be read.
  [[nodiscard]] Result<std::optional<Batch>> next(const BatchLimits& limits);
  void taken(const Batch& batch);
  // Of the streams that are there and of which anything was taken.
  [[nodiscard]] std::vector<Position> positions() const;

  // By what is known since the last `next`.
  [[nodiscard]] Lag lag();
  // A stream stands at a line that is none of it: somebody has changed its file. The others go on.
  [[nodiscard]] const std::optional<std::string>& why_stuck() const { return why_stuck_; }

 private:
  struct Stream {
    std::string name;
    std::vector<LogFile> files;  // by first_seq
  };
  struct Read {
    std::optional<Batch> batch;
    bool has_ended = false;  // there is no whole line behind this place
  };

  [[nodiscard]] Result<void> list();
  void pass_over_compressed(const std::vector<LogFile>& files);
  void begin();
  void tell(const std::string& path, const std::string& why);
  [[nodiscard]] std::optional<Batch> next_of_any(const BatchLimits& limits);
  [[nodiscard]] std::optional<Batch> next_of(const Stream& stream, const BatchLimits& limits);
  [[nodiscard]] Result<Read> read(const LogFile& file, const Position& behind, const BatchLimits& limits);
  [[nodiscard]] Result<Read> read_at(const LogFile& file, const Position& behind, std::uint64_t offset,
                                     const BatchLimits& limits);
  [[nodiscard]] Result<std::size_t> take_lines(const LogFile& file, const Position& behind, const BatchLimits& limits,
                                               std::string_view bytes, Batch& batch);
  [[nodiscard]] StoredFile* open_at(const LogFile& file, std::uint64_t offset);
  [[nodiscard]] Position& position_of(const Stream& stream);
  // False: it has to be looked for once more.
  [[nodiscard]] bool is_certainly_missing(const std::string& stream, std::uint64_t seq);
  void skip_to(const LogFile& file, Position& position) const;
  [[nodiscard]] std::uint64_t last_seq(const Stream& stream);

  const Purpose purpose_;
  const OnDisk on_disk_;
  const Told told_;
  Directory directory_;
  std::vector<Position> positions_;
  std::set<std::string> proven_;       // streams whose position is not only what a file says
  std::vector<Stream> streams_;        // oldest first
  std::set<std::string> passed_over_;  // paths of what was compressed before the first look
  // By stream, the file that was read last. A compressed one stays open, since to find a place in it means to read up
  // to there.
  struct Open {
    std::unique_ptr<StoredFile> file;
    std::uint64_t at = 0;  // not before this
  };
  std::map<std::string, Open> open_;
  std::map<std::pair<std::string, FileIdentity>, std::uint64_t> last_seqs_;  // of compressed files, by path
  std::uint64_t looks_ = 0;                                                  // at the directory
  // By stream, a line that was in no file, and at which look: amid a rotation, one look can miss a file that is there.
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> missing_;
  bool is_unsure_ = false;
  std::optional<std::string> why_stuck_;
};

}  // namespace sallyport::logs
