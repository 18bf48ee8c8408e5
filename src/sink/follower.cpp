#include "sink/follower.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>

#include "journal/closed_files.hpp"
#include "journal/line.hpp"

namespace sallyport::sink {
namespace {

namespace fs = std::filesystem;

// Enough for all that read_start reads of a line.
constexpr std::size_t kStartBytes = 4096;
constexpr std::size_t kTailBytes = std::size_t{64} << 10;
constexpr std::size_t kLongTailBytes = 2 * journal::kLineLimit;

// 0: it can not be told now.
std::uint64_t last_seq_in(LogFile& file) {
  // A compressed one is read to its end once.
  for (const auto size : {file.is_compressed() ? kLongTailBytes : kTailBytes, kLongTailBytes}) {
    const auto bytes = file.tail(size).value_or("");
    const auto end = bytes.rfind('\n');
    if (end == std::string::npos) continue;
    const auto before = end == 0 ? std::string::npos : bytes.rfind('\n', end - 1);
    if (before == std::string::npos && bytes.size() == size) continue;
    const auto begin = before == std::string::npos ? 0 : before + 1;
    const auto start = journal::read_start(std::string_view(bytes).substr(begin, end + 1 - begin));
    return start ? start->seq : 0;
  }
  return 0;
}

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

// Twice, since one that gets another name while a directory is read may be missed by both of them.
Result<std::set<std::string>> Follower::log_paths() const {
  std::set<std::string> paths;
  std::error_code error;
  for (int looks = 0; looks < 2; ++looks) {
    for (auto entry = fs::directory_iterator(dir_, error); !error && entry != fs::end(entry); entry.increment(error)) {
      if (journal::is_log_name(entry->path().native())) paths.insert(entry->path().string());
    }
    if (error) return fail(ErrorCode::unavailable, fmt::format("reading {}: {}", dir_, error.message()));
  }
  return paths;
}

// The log's own files before one that was made of them, and that before somebody's copy, which may hold less.
int Follower::rank_of(const File& file) {
  const auto name = fs::path(file.path).filename().string();
  const auto closed = journal::closed_file_name(file.stream, file.first_seq);
  if (name == closed) return 0;
  if (name == journal::written_file_name(file.stream)) return 1;
  if (journal::without_compressed(name) == closed) return 2;
  return journal::without_compressed(name) == name ? 3 : 4;
}

Result<void> Follower::list() {
  const auto paths = log_paths();
  if (!paths) return fail(paths.error());
  std::map<Seen, File> known;
  std::map<std::string, Stream> streams;
  for (const auto& path : *paths) {
    struct stat facts{};
    if (::lstat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) continue;
    Seen seen{.path = path,
              .inode = facts.st_ino,
              .bytes = static_cast<std::uint64_t>(facts.st_size),
              .changed = std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec};
    const auto file = look_at(seen);
    if (!file) continue;
    known.emplace(std::move(seen), *file);
    auto& stream = streams[file->stream];
    stream.name = file->stream;
    stream.files.push_back(*file);
  }
  known_ = std::move(known);
  std::erase_if(open_, [&streams](const auto& open) { return !streams.contains(open.first); });
  std::erase_if(last_seqs_, [&paths](const auto& known_last) { return !paths->contains(known_last.first.first); });
  streams_.clear();
  for (auto& [name, stream] : streams) {
    // Amid a rotation, one file has two names; while it is being compressed, its lines are there twice.
    std::ranges::sort(stream.files, {}, [](const auto& file) { return std::pair(file.first_seq, rank_of(file)); });
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

std::optional<Follower::File> Follower::look_at(const Seen& seen) {
  if (const auto found = known_.find(seen); found != known_.end()) return found->second;
  const auto& path = seen.path;
  LogFile file(path);
  if (file.inode() != seen.inode) return std::nullopt;
  const auto read = file.read(0, kStartBytes);
  if (!read) why_stuck_ = read.error().message();
  const auto bytes = read.value_or("");
  const auto start = journal::read_start(bytes);
  if (start) return File{path, seen.inode, std::string(start->stream), start->seq, std::string(start->time)};
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
      if (!found && found.error().code() == ErrorCode::conflict && proven_.insert(stream.name).second) {
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

// conflict: what stands there does not follow from the position. Other Errors: it can not be read, which says nothing
// of the position.
Result<Follower::Read> Follower::read(const File& file, const Position& behind, const BatchLimits& limits) {
  auto* const open = open_at(file, file.first_seq == behind.seq + 1 ? 0 : behind.offset);
  if (open == nullptr) return Read{};  // another one by now, which the next look at the directory shows
  auto seq = behind.seq;
  const auto on_disk = on_disk_(behind.stream);
  Batch batch{.stream = behind.stream, .file_first_seq = file.first_seq, .end = behind};
  batch.offset = file.first_seq == seq + 1 ? 0 : behind.offset;
  auto read = open->read(batch.offset, limits.bytes);
  if (read && !read->contains('\n') && read->size() == limits.bytes) {
    read = open->read(batch.offset, journal::kLineLimit);
  }
  if (!read) {
    open_.erase(file.stream);  // it begins anew
    return fail(read.error());
  }
  const auto& bytes = *read;
  for (std::size_t at = 0; batch.lines.size() < limits.records; at = batch.bytes) {
    const auto end = bytes.find('\n', at);
    if (end == std::string::npos || (on_disk && seq >= *on_disk)) break;
    auto line = bytes.substr(at, end + 1 - at);
    const auto start = journal::read_start(line);
    const bool follows = start && start->seq == seq + 1 && start->stream == behind.stream &&
                         (!batch.lines.empty() || behind.head.empty() || start->prev == behind.head);
    if (!follows && !batch.lines.empty()) break;
    if (!follows) {
      open_.erase(file.stream);
      return fail(ErrorCode::conflict, fmt::format("{}: the line at byte {} is not line {} of stream {}", file.path,
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

// Nothing: it is another one by now.
LogFile* Follower::open_at(const File& file, std::uint64_t offset) {
  auto& open = open_[file.stream];
  const bool goes_on = open.file && open.file->is_compressed() && open.file->inode() == file.inode && offset >= open.at;
  if (!goes_on) open = {.file = std::make_unique<LogFile>(file.path)};
  open.at = offset;
  return open.file->inode() == file.inode ? open.file.get() : nullptr;
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
std::uint64_t Follower::last_seq(const Stream& stream) {
  const auto& file = stream.files.back();
  if (const auto known = last_seqs_.find({file.path, file.inode}); known != last_seqs_.end()) return known->second;
  LogFile open(file.path);
  if (open.inode() != file.inode) return 0;
  const auto last_seq = last_seq_in(open);
  if (open.is_compressed() && last_seq != 0) last_seqs_.insert_or_assign({file.path, file.inode}, last_seq);
  return last_seq;
}

}  // namespace sallyport::sink
