#include "sink/follower.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/line.hpp"

namespace sallyport::sink {
namespace {

namespace fs = std::filesystem;

// Enough for all that read_start reads of a line.
constexpr std::size_t kStartBytes = 4096;
constexpr std::size_t kTailBytes = std::size_t{64} << 10;

class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {
    if (descriptor_ < 0 || ::fstat(descriptor_, &facts_) != 0) facts_ = {};
  }
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  [[nodiscard]] ino_t inode() const { return facts_.st_ino; }  // 0: it could not be opened
  [[nodiscard]] std::uint64_t size() const { return static_cast<std::uint64_t>(facts_.st_size); }

  // As much as there is, at most so many bytes.
  [[nodiscard]] std::string read(std::uint64_t offset, std::size_t at_most) const {
    std::string bytes(at_most, '\0');
    std::size_t have = 0;
    while (have < at_most) {
      const auto count = ::pread(descriptor_, bytes.data() + have, at_most - have, static_cast<off_t>(offset + have));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;  // what a disk does not give is looked for again with the next look
      have += static_cast<std::size_t>(count);
    }
    bytes.resize(have);
    return bytes;
  }

 private:
  int descriptor_;
  struct stat facts_{};
};

}  // namespace

Follower::Follower(std::string dir, std::vector<Position> positions, OnDisk on_disk, TellGap gap)
    : dir_(std::move(dir)), on_disk_(std::move(on_disk)), tell_gap_(std::move(gap)), positions_(std::move(positions)) {}

Result<std::optional<Batch>> Follower::next(const BatchLimits& limits) {
  why_stuck_.reset();
  if (auto batch = next_of_any(limits)) return batch;
  for (int i = 0; i < 2; ++i) {
    is_unsure_ = false;
    if (const auto listed = list(); !listed) return fail(listed.error());
    if (auto batch = next_of_any(limits)) return batch;
    if (!is_unsure_) break;
  }
  return std::nullopt;
}

void Follower::taken(const Batch& batch) {
  const auto position = std::ranges::find(positions_, batch.stream, &Position::stream);
  if (position != positions_.end()) *position = batch.end;
}

std::vector<Position> Follower::positions() const {
  std::vector<Position> known;
  std::ranges::copy_if(positions_, std::back_inserter(known), [](const auto& each) { return !each.head.empty(); });
  return known;
}

Result<void> Follower::list() {
  std::map<std::pair<std::string, ino_t>, File> known;
  std::map<std::string, Stream> streams;
  std::error_code error;
  for (auto entry = fs::directory_iterator(dir_, error); !error && entry != fs::end(entry); entry.increment(error)) {
    const auto path = entry->path().string();
    struct stat facts{};
    if (entry->path().extension() != ".jsonl" || ::lstat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
      continue;
    }
    const auto file = look_at(path, facts.st_ino);
    if (!file) continue;
    known.emplace(std::pair(path, facts.st_ino), *file);
    auto& stream = streams[file->stream];
    stream.name = file->stream;
    stream.files.push_back(*file);
  }
  if (error) return fail(ErrorCode::unavailable, fmt::format("reading {}: {}", dir_, error.message()));
  known_ = std::move(known);
  streams_.clear();
  for (auto& [name, stream] : streams) {
    // Amid a rotation, one file has two names.
    std::ranges::sort(stream.files, {}, &File::first_seq);
    const auto twice = std::ranges::unique(stream.files, {}, &File::first_seq);
    stream.files.erase(twice.begin(), twice.end());
    streams_.push_back(std::move(stream));
  }
  std::ranges::sort(streams_, {}, [](const auto& stream) { return stream.files.front().time; });
  // What the cursor says of streams that are gone. Later, one that a look does not show may be amid a rotation.
  if (looks_++ == 0) {
    std::erase_if(positions_, [this](const auto& position) {
      return std::ranges::find(streams_, position.stream, &Stream::name) == streams_.end();
    });
  }
  return {};
}

std::optional<Follower::File> Follower::look_at(const std::string& path, ino_t inode) {
  if (const auto found = known_.find({path, inode}); found != known_.end()) return found->second;
  const OpenFile file(path);
  if (file.inode() != inode) return std::nullopt;
  const auto bytes = file.read(0, kStartBytes);
  const auto start = journal::read_start(bytes);
  if (start) return File{path, inode, std::string(start->stream), start->seq, std::string(start->time)};
  // One that is just being begun is looked at again.
  if (bytes.size() == kStartBytes || bytes.contains('\n')) why_stuck_ = path + ": its first line is none of a log";
  return std::nullopt;
}

std::optional<Batch> Follower::next_of_any(const BatchLimits& limits) {
  for (const auto& stream : streams_) {
    if (auto batch = next_of(stream, limits)) return batch;
  }
  return std::nullopt;
}

std::optional<Batch> Follower::next_of(const Stream& stream, const BatchLimits& limits) {
  auto& position = position_of(stream);
  for (;;) {
    const auto wanted = position.seq + 1;
    const auto later = std::ranges::upper_bound(stream.files, wanted, {}, &File::first_seq);
    bool is_missing = later == stream.files.begin();
    if (!is_missing) {
      auto found = read(*std::prev(later), position, limits);
      if (!found && proven_.insert(stream.name).second) {
        // What the cursor said is not so: it is damaged, or the log was put back to an earlier state.
        skip_to(stream.files.front(), position);
        continue;
      }
      if (!found) {
        why_stuck_ = found.error().message();
        return std::nullopt;
      }
      if (found->batch) proven_.insert(stream.name);
      // A later file that was there before this one was read to its end: nothing comes to this one any more.
      is_missing = found->has_ended && later != stream.files.end();
      if (!is_missing) return std::move(found->batch);
    }
    if (!is_certainly_missing(stream.name, wanted)) return std::nullopt;
    tell_gap_(stream.name, wanted, later->first_seq - 1);
    skip_to(*later, position);
  }
}

// An Error: what stands there does not follow from the position.
Result<Follower::Read> Follower::read(const File& file, const Position& behind, const BatchLimits& limits) const {
  const OpenFile open(file.path);
  if (open.inode() != file.inode) return Read{};  // another one by now, which the next look at the directory shows
  auto seq = behind.seq;
  const auto on_disk = on_disk_(behind.stream);
  Batch batch{.stream = behind.stream, .file_first_seq = file.first_seq, .end = behind};
  batch.offset = file.first_seq == seq + 1 ? 0 : behind.offset;
  if (batch.offset > open.size()) {
    return fail(ErrorCode::bad_input, fmt::format("{} is shorter than what was delivered of it", file.path));
  }
  auto bytes = open.read(batch.offset, limits.bytes);
  if (!bytes.contains('\n') && bytes.size() == limits.bytes) bytes = open.read(batch.offset, journal::kLineLimit);
  for (std::size_t at = 0; batch.lines.size() < limits.records; at = batch.bytes) {
    const auto end = bytes.find('\n', at);
    if (end == std::string::npos || (on_disk && seq >= *on_disk)) break;
    auto line = bytes.substr(at, end + 1 - at);
    const auto start = journal::read_start(line);
    const bool follows = start && start->seq == seq + 1 && start->stream == behind.stream &&
                         (!batch.lines.empty() || behind.head.empty() || start->prev == behind.head);
    if (!follows && !batch.lines.empty()) break;
    if (!follows) {
      return fail(ErrorCode::bad_input, fmt::format("{}: the line at byte {} is not line {} of stream {}", file.path,
                                                    batch.offset, seq + 1, behind.stream));
    }
    ++seq;
    batch.bytes += line.size();
    batch.lines.push_back(std::move(line));
  }
  if (batch.lines.empty()) {
    if (bytes.size() < journal::kLineLimit) return Read{std::nullopt, !on_disk || seq < *on_disk};
    return fail(ErrorCode::bad_input, fmt::format("{}: the line at byte {} is too long", file.path, batch.offset));
  }
  batch.end = {behind.stream, seq, batch.offset + batch.bytes, journal::head_of(batch.lines.back())};
  return Read{std::move(batch), false};
}

Position& Follower::position_of(const Stream& stream) {
  const auto found = std::ranges::find(positions_, stream.name, &Position::stream);
  if (found != positions_.end()) return *found;
  auto& position = positions_.emplace_back();
  position.stream = stream.name;
  skip_to(stream.files.front(), position);
  return position;
}

bool Follower::is_certainly_missing(const std::string& stream, std::uint64_t seq) {
  auto& [missing, look] = missing_[stream];
  if (missing == seq && look != looks_) return true;
  missing = seq;
  look = looks_;
  is_unsure_ = true;
  return false;
}

void Follower::skip_to(const File& file, Position& position) const {
  position = {file.stream, file.first_seq - 1, 0, ""};
}

Lag Follower::lag() {
  Lag lag;
  for (const auto& stream : streams_) {
    const auto& position = position_of(stream);
    const auto last = on_disk_(stream.name).value_or(last_seq(stream));
    if (last <= position.seq) continue;
    lag.records += last - position.seq;
    const auto later = std::ranges::upper_bound(stream.files, position.seq + 1, {}, &File::first_seq);
    const auto& file = later == stream.files.begin() ? *later : *std::prev(later);
    const auto next = read(file, position, {.records = 1, .bytes = kStartBytes});
    if (!next || !next->batch) continue;
    const auto start = journal::read_start(next->batch->lines.front());
    const auto time = parse_instant(start->time);
    if (time && (!lag.oldest || *time < *lag.oldest)) lag.oldest = *time;
  }
  return lag;
}

// 0: it can not be told now.
std::uint64_t Follower::last_seq(const Stream& stream) const {
  const auto& file = stream.files.back();
  const OpenFile open(file.path);
  if (open.inode() != file.inode) return 0;
  for (const auto size : {kTailBytes, 2 * journal::kLineLimit}) {
    const auto from = open.size() > size ? open.size() - size : 0;
    const auto bytes = open.read(from, size);
    const auto end = bytes.rfind('\n');
    if (end == std::string::npos) continue;
    const auto before = end == 0 ? std::string::npos : bytes.rfind('\n', end - 1);
    if (before == std::string::npos && from > 0) continue;
    const auto begin = before == std::string::npos ? 0 : before + 1;
    const auto start = journal::read_start(std::string_view(bytes).substr(begin, end + 1 - begin));
    return start ? start->seq : 0;
  }
  return 0;
}

}  // namespace sallyport::sink
