#include "logs/follower.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "journal/line.hpp"

namespace sallyport::logs {
namespace {

// Enough for all that read_start reads of a line.
constexpr std::size_t kStartBytes = 4096;
constexpr std::size_t kTailBytes = std::size_t{64} << 10;
constexpr std::size_t kLongTailBytes = 2 * journal::kLineLimit;

// 0: it cannot be told now.
std::uint64_t last_seq_in(StoredFile& file) {
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

Follower::Follower(Purpose purpose, std::vector<std::string> places, std::vector<Position> positions, OnDisk on_disk,
                   Told told)
    : purpose_(purpose),
      on_disk_(std::move(on_disk)),
      told_(std::move(told)),
      directory_(std::move(places), {.below = purpose == Purpose::show, .files = purpose == Purpose::show}),
      positions_(std::move(positions)) {}

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
  auto found = directory_.look();
  if (purpose_ == Purpose::deliver && !directory_.not_listed().empty()) {
    const auto& [dir, why, damaged, has_begun] = directory_.not_listed().front();
    return fail(ErrorCode::unavailable, fmt::format("reading {}: {}", dir, why));
  }
  for (const auto& each : directory_.not_listed()) tell(each.path, each.why);
  if (purpose_ == Purpose::show) {
    for (const auto& each : directory_.without_logs()) tell(each.path, each.why);
  }
  for (const auto& each : directory_.unreadable()) {
    if (!each.has_begun) tell(each.path, each.why);
  }
  streams_.clear();
  for (auto& [name, files] : found) {
    if (purpose_ == Purpose::show && looks_ == 0) pass_over_compressed(files);
    std::erase_if(files, [this](const auto& file) { return passed_over_.contains(file.path); });
    leave_one_of_each(files);
    if (!files.empty()) streams_.push_back({name, std::move(files)});
  }
  std::ranges::sort(streams_, {}, [](const auto& stream) { return stream.files.front().time; });
  std::erase_if(open_, [&found](const auto& open) { return !found.contains(open.first); });
  std::erase_if(last_seqs_,
                [this](const auto& known_last) { return !directory_.paths().contains(known_last.first.first); });
  if (looks_++ == 0) begin();
  return {};
}

// Those before the first plain one. What comes behind it was compressed while the directory was looked at: to pass over
// that would leave a gap.
void Follower::pass_over_compressed(const std::vector<LogFile>& files) {
  auto first_plain = std::numeric_limits<std::uint64_t>::max();
  for (const auto& file : files) {
    if (!file.is_compressed) first_plain = std::min(first_plain, file.first_seq);
  }
  for (const auto& file : files) {
    if (file.is_compressed && file.first_seq < first_plain) passed_over_.insert(file.path);
  }
}

void Follower::begin() {
  // What the cursor says of streams that are gone. Later, one that a look does not show may be amid a rotation.
  std::erase_if(positions_, [this](const auto& position) {
    return std::ranges::find(streams_, position.stream, &Stream::name) == streams_.end();
  });
  if (purpose_ != Purpose::show) return;
  directory_.look_beside(true);
  // Of a stream's two newest files none is, as long as its replica writes it.
  if (streams_.empty() && !passed_over_.empty()) {
    tell(*passed_over_.rbegin(), "it is compressed, and nothing is added to it any more; use log show");
  }
  for (const auto& stream : streams_) {
    const auto& files = stream.files;
    skip_to(files.size() < 2 ? files.front() : files[files.size() - 2], positions_.emplace_back());
  }
}

void Follower::tell(const std::string& path, const std::string& why) {
  why_stuck_ = why.starts_with(path) ? why : path + ": " + why;
  told_.unreadable(path, why);
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
    const auto later = std::ranges::upper_bound(stream.files, wanted, {}, &LogFile::first_seq);
    const bool has_later = later != stream.files.end();
    bool is_missing = later == stream.files.begin();
    if (!is_missing) {
      const auto& file = *std::prev(later);
      auto found = read(file, position, limits);
      if (!found && found.error().code() == ErrorCode::conflict && proven_.insert(stream.name).second) {
        // What the cursor said is not so: it is damaged, or the log was put back to an earlier state.
        skip_to(stream.files.front(), position);
        continue;
      }
      if (!found) {
        tell(file.path, found.error().message());
        if (purpose_ == Purpose::deliver || !has_later) return std::nullopt;
        skip_to(*later, position);
        continue;
      }
      if (found->batch) proven_.insert(stream.name);
      // A later file that was there before this one was read to its end: nothing comes to this one any more.
      is_missing = found->has_ended && has_later;
      if (!is_missing) return std::move(found->batch);
    }
    if (!is_certainly_missing(stream.name, wanted)) return std::nullopt;
    told_.gap(later->path, stream.name, wanted, later->first_seq - 1);
    skip_to(*later, position);
  }
}

// conflict: what stands there does not follow from the position. Other Errors: it cannot be read, which says nothing
// of the position.
Result<Follower::Read> Follower::read(const LogFile& file, const Position& behind, const BatchLimits& limits) {
  return read_at(file, behind, file.first_seq == behind.seq + 1 ? 0 : behind.offset, limits);
}

Result<Follower::Read> Follower::read_at(const LogFile& file, const Position& behind, std::uint64_t offset,
                                         const BatchLimits& limits) {
  auto* const open = open_at(file, offset);
  if (open == nullptr) return Read{};  // another one by now, which the next look at the directory shows
  auto read = open->read(offset, limits.bytes);
  if (read && !read->contains('\n') && read->size() == limits.bytes) read = open->read(offset, journal::kLineLimit);
  if (!read) {
    open_.erase(file.stream);  // it begins anew
    return fail(read.error());
  }
  Batch batch{.stream = behind.stream, .file_first_seq = file.first_seq, .offset = offset, .end = behind};
  const auto taken = take_lines(file, behind, limits, *read, batch);
  if (!taken) {
    open_.erase(file.stream);
    return fail(taken.error());
  }
  batch.end.offset = offset + *taken;
  if (!batch.lines.empty()) {
    batch.end.head = journal::head_of(batch.lines.back());
    return Read{std::move(batch), false};
  }
  if (*taken > 0) return read_at(file, behind, batch.end.offset, limits);  // all of that was passed over
  if (read->size() >= journal::kLineLimit) {
    return fail(ErrorCode::bad_input, fmt::format("{}: the line at byte {} is too long", file.path, offset));
  }
  const auto on_disk = on_disk_(behind.stream);
  return Read{std::nullopt, !on_disk || behind.seq < *on_disk};
}

// So many bytes, of the lines that are in the batch then, and of those that were passed over. conflict: the first line
// does not follow from the position.
Result<std::size_t> Follower::take_lines(const LogFile& file, const Position& behind, const BatchLimits& limits,
                                         std::string_view bytes, Batch& batch) {
  const auto on_disk = on_disk_(behind.stream);
  auto& seq = batch.end.seq;
  std::size_t at = 0;
  while (batch.lines.size() < limits.records) {
    const auto end = bytes.find('\n', at);
    if (end == std::string_view::npos || (on_disk && seq >= *on_disk)) break;
    const auto line = bytes.substr(at, end + 1 - at);
    const auto start = journal::read_start(line);
    const bool is_next = start && start->seq == seq + 1 && start->stream == behind.stream;
    if (purpose_ == Purpose::show && !is_next) {
      if (!start) tell(file.path, "a line cannot be read");
      at = end + 1;
      if (!start || start->stream != behind.stream || start->seq <= seq) continue;
      told_.gap(file.path, behind.stream, seq + 1, start->seq - 1);
    } else if (purpose_ == Purpose::deliver) {
      const bool follows = is_next && (!batch.lines.empty() || behind.head.empty() || start->prev == behind.head);
      if (!follows && !batch.lines.empty()) break;
      if (!follows) {
        return fail(ErrorCode::conflict, fmt::format("{}: the line at byte {} is not line {} of stream {}", file.path,
                                                     batch.offset, seq + 1, behind.stream));
      }
    }
    at = end + 1;
    seq = start->seq;
    batch.bytes += line.size();
    batch.lines.emplace_back(line);
  }
  return at;
}

// Nothing: it is another one by now.
StoredFile* Follower::open_at(const LogFile& file, std::uint64_t offset) {
  auto& open = open_[file.stream];
  const auto is_it = [&] { return open.file->stamp() && open.file->stamp()->identity == file.identity; };
  const bool goes_on = open.file && open.file->is_compressed() && is_it() && offset >= open.at;
  if (!goes_on) open = {.file = std::make_unique<StoredFile>(file.path)};
  open.at = offset;
  return is_it() ? open.file.get() : nullptr;
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

void Follower::skip_to(const LogFile& file, Position& position) const {
  position = {file.stream, file.first_seq - 1, 0, ""};
}

Lag Follower::lag() {
  Lag lag;
  for (const auto& stream : streams_) {
    const auto& position = position_of(stream);
    const auto last = on_disk_(stream.name).value_or(last_seq(stream));
    if (last <= position.seq) continue;
    lag.records += last - position.seq;
    const auto later = std::ranges::upper_bound(stream.files, position.seq + 1, {}, &LogFile::first_seq);
    const auto& file = later == stream.files.begin() ? *later : *std::prev(later);
    const auto next = read(file, position, {.records = 1, .bytes = kStartBytes});
    if (!next || !next->batch) continue;
    const auto start = journal::read_start(next->batch->lines.front());
    const auto time = parse_instant(start->time);
    if (time && (!lag.oldest || *time < *lag.oldest)) lag.oldest = *time;
  }
  return lag;
}

// 0: it cannot be told now.
std::uint64_t Follower::last_seq(const Stream& stream) {
  const auto& file = stream.files.back();
  const std::pair key(file.path, file.identity);
  if (const auto known = last_seqs_.find(key); known != last_seqs_.end()) return known->second;
  StoredFile open(file.path);
  if (!open.stamp() || open.stamp()->identity != file.identity) return 0;
  const auto last_seq = last_seq_in(open);
  if (open.is_compressed() && last_seq != 0) last_seqs_.insert_or_assign(key, last_seq);
  return last_seq;
}

}  // namespace sallyport::logs
