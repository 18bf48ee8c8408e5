#include "audit/followed_log.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "audit/file_reader.hpp"
#include "journal/closed_files.hpp"
#include "journal/line.hpp"
#include "journal/line_reader.hpp"

namespace sallyport::audit {
namespace {

// Of each stream at once: a process may have a thousand files open, and who is far behind has more before it.
constexpr std::ptrdiff_t kMostOpen = 32;

bool is_compressed(const std::string& path) {
  return journal::without_compressed(path) != path;
}

}  // namespace

std::vector<Unreadable> FollowedLog::read_more(const TakeRecord& take) {
  behind_ = false;
  open_new();
  const bool is_first = !std::exchange(begun_, true);
  // A file is complete before the next of its stream is begun, so in this order nothing is missed.
  std::vector<Open*> in_order;
  in_order.reserve(open_.size());
  for (auto& [identity, open] : open_) in_order.push_back(&open);
  std::ranges::sort(in_order, {}, &Open::first_seq);
  std::map<std::string, std::uint64_t> missing;
  for (auto* open : in_order) {
    const auto next = last_seq_[open->stream] + 1;
    const bool is_begun = next != 1 || !is_first;
    const bool is_missing = is_begun && open->first_seq > next;
    if (is_missing && missing_[open->stream] != next) missing.emplace(open->stream, next);
    if (missing.contains(open->stream)) continue;
    if (is_missing) read_closed_before(*open, take);
    drain(*open, take);
  }
  missing_ = std::move(missing);
  close_old(1);
  return std::exchange(unreadable_, {});
}

void FollowedLog::open_new() {
  std::vector<Unreadable> unreadable;
  std::set<Stamp> there;
  const auto paths = log_paths(places_, unreadable);
  // Of a stream's two newest files none is, as long as its replica writes it.
  if (!paths.empty() && std::ranges::all_of(paths, is_compressed)) {
    complain(paths.back(), "it is compressed, and nothing is added to it any more; use log show");
  }
  for (const auto& path : paths) {
    if (is_compressed(path)) {
      if (!begun_) passed_over_.insert(path);
      continue;
    }
    const auto stamp = stamp_of(path);
    if (stamp) there.insert(*stamp);
    if (!stamp || !(open_.contains(stamp->identity) || done_.contains(*stamp))) open(path);
  }
  for (const auto& each : unreadable) complain(each.path, each.why);
  std::erase_if(done_, [&there](const auto& stamp) { return !there.contains(stamp); });
}

void FollowedLog::open(const std::string& path) {
  auto file = GrowingFile::open(path);
  if (!file) {
    // What was in a folder a moment ago has another name by now, or is compressed: the next look shows it.
    const bool is_gone = file.error().code() == ErrorCode::not_found;
    const bool is_named = std::ranges::find(places_, path) != places_.end();
    if (!is_gone || (is_named && !begun_)) complain(path, file.error().message());
    return;
  }
  const auto beginning = file->beginning();
  const auto start = journal::read_start(beginning);
  if (!start) {
    const bool has_just_begun = beginning.size() < GrowingFile::kBeginning && !beginning.contains('\n');
    if (!has_just_begun) complain(path, "its first line is none of a log");
    return;
  }
  const std::string stream(start->stream);
  const auto identity = file->identity();
  open_.emplace(identity, Open{path, stream, start->seq, std::move(*file)});
  if (!begun_)
    close_old(2);
  else
    leave_newest(stream);
}

// A later look finds it again.
void FollowedLog::leave_newest(const std::string& stream) {
  const auto is_of_it = [&stream](const auto& entry) { return entry.second.stream == stream; };
  if (std::ranges::count_if(open_, is_of_it) <= kMostOpen) return;
  behind_ = true;
  auto newest = std::ranges::find_if(open_, is_of_it);
  for (auto each = newest; each != open_.end(); ++each) {
    if (is_of_it(*each) && each->second.first_seq > newest->second.first_seq) newest = each;
  }
  open_.erase(newest);
}

// Of each stream the newest files stay open, and those that wait for one before them.
void FollowedLog::close_old(std::size_t kept) {
  std::map<std::string, std::vector<std::uint64_t>> firsts;
  for (const auto& [identity, open] : open_) firsts[open.stream].push_back(open.first_seq);
  for (auto& [stream, seqs] : firsts) std::ranges::sort(seqs, std::greater{});
  std::erase_if(open_, [&](const auto& entry) {
    const auto& seqs = firsts[entry.second.stream];
    if (seqs.size() <= kept || entry.second.first_seq >= seqs[kept - 1] || missing_.contains(entry.second.stream)) {
      return false;
    }
    if (const auto stamp = entry.second.file.stamp()) done_.insert(*stamp);
    return true;
  });
}

// As far as it is there now: what comes meanwhile waits until the other streams had their turn.
void FollowedLog::drain(Open& open, const TakeRecord& take) {
  const auto end = open.file.size();
  for (;;) {
    const auto lines = open.file.read_more(end);
    if (!lines) return complain(open.path, lines.error().message());
    if (lines->empty()) return;
    for (const auto& text : *lines) take_line(open.path, text, take);
  }
}

// What was closed, and maybe compressed, before we came to it.
void FollowedLog::read_closed_before(const Open& open, const TakeRecord& take) {
  const auto dir = std::filesystem::path(open.path).parent_path();
  const auto files = journal::closed_files(dir.empty() ? "." : dir.string(), open.stream);
  if (!files) return complain(open.path, files.error().message());
  for (auto file = files->begin(); file != files->end() && file->first_seq < open.first_seq; ++file) {
    const auto following = std::next(file);
    const bool is_known = following != files->end() && following->first_seq <= last_seq_[open.stream] + 1;
    if (!is_known && !passed_over_.contains(file->path)) read_closed(file->path, take);
  }
}

void FollowedLog::read_closed(const std::string& path, const TakeRecord& take) {
  FileReader file(path);
  const auto source = file.as_source();
  journal::LineReader lines(source);
  for (;;) {
    const auto line = lines.next();
    if (!line) return complain(path, line.error().message());
    if (line->bytes.empty()) return;
    take_line(path, line->bytes, take);
  }
}

void FollowedLog::take_line(const std::string& path, std::string_view text, const TakeRecord& take) {
  const auto start = journal::read_start(text);
  auto line = journal::parse_line(text);
  if (!start || !line) return complain(path, "a line can not be read");
  auto& last = last_seq_[std::string(start->stream)];
  if (start->seq <= last) return;  // of a copy
  if (last != 0 && start->seq > last + 1) {
    complain(path, "records " + std::to_string(last + 1) + " to " + std::to_string(start->seq - 1) +
                       " of its stream are in no file of its folder any more, so they are not shown: their file was "
                       "retired, or somebody moved it");
  }
  last = start->seq;
  take({std::string(text), std::move(*line)});
}

void FollowedLog::complain(const std::string& path, const std::string& why) {
  if (told_.insert(path + why).second) unreadable_.push_back({path, why});
}

}  // namespace sallyport::audit
