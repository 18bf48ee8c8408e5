#include "audit/followed_log.hpp"

#include <algorithm>
#include <utility>

#include "journal/closed_files.hpp"
#include "journal/line.hpp"

namespace sallyport::audit {

std::vector<Unreadable> FollowedLog::read_more(const TakeRecord& take) {
  open_new();
  if (!std::exchange(begun_, true)) close_old(2);
  // A file is complete before the next of its stream is begun, so in this order nothing is missed.
  std::vector<Open*> in_order;
  in_order.reserve(open_.size());
  for (auto& [identity, open] : open_) in_order.push_back(&open);
  std::ranges::sort(in_order, {}, &Open::first_seq);
  std::map<std::string, std::uint64_t> missing;
  for (auto* open : in_order) {
    const auto next = last_seq_[open->stream] + 1;
    if (next != 1 && open->first_seq > next && missing_[open->stream] != next) missing.emplace(open->stream, next);
    if (!missing.contains(open->stream)) drain(*open, take);
  }
  missing_ = std::move(missing);
  close_old(1);
  return std::exchange(unreadable_, {});
}

void FollowedLog::open_new() {
  std::vector<Unreadable> unreadable;
  std::set<Stamp> there;
  const auto paths = log_paths(places_, unreadable);
  const auto is_compressed = [](const auto& path) { return journal::without_compressed(path) != path; };
  // Of a stream's two newest files none is, as long as its replica writes it.
  if (!paths.empty() && std::ranges::all_of(paths, is_compressed)) {
    complain(paths.back(), "it is compressed, and nothing is added to it any more; use log show");
  }
  for (const auto& path : paths) {
    if (is_compressed(path)) continue;
    const auto stamp = stamp_of(path);
    if (stamp) there.insert(*stamp);
    if (stamp && (open_.contains(stamp->identity) || done_.contains(*stamp))) continue;
    auto file = GrowingFile::open(path);
    if (!file) {
      complain(path, file.error().message());
      continue;
    }
    const auto first = file->first_line();
    if (first.empty()) continue;  // it has just been begun
    const auto start = journal::read_start(first);
    if (!start) {
      complain(path, "its first line is none of a log");
      continue;
    }
    const auto known_as = file->identity();
    open_.emplace(known_as, Open{path, std::string(start->stream), start->seq, std::move(*file)});
  }
  for (const auto& each : unreadable) complain(each.path, each.why);
  std::erase_if(done_, [&there](const auto& stamp) { return !there.contains(stamp); });
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

void FollowedLog::drain(Open& open, const TakeRecord& take) {
  for (;;) {
    const auto lines = open.file.read_more();
    if (!lines) return complain(open.path, lines.error().message());
    if (lines->empty()) return;
    for (const auto& text : *lines) {
      const auto start = journal::read_start(text);
      auto line = journal::parse_line(text);
      if (!start || !line) {
        complain(open.path, "a line can not be read");
        continue;
      }
      auto& last = last_seq_[std::string(start->stream)];
      if (start->seq <= last) continue;  // of a copy
      if (last != 0 && start->seq > last + 1) {
        complain(
            open.path,
            "records " + std::to_string(last + 1) + " to " + std::to_string(start->seq - 1) +
                " of its stream are in no file that is followed; name the log's folder, and use log show for what is "
                "compressed by now");
      }
      last = start->seq;
      take({text, std::move(*line)});
    }
  }
}

void FollowedLog::complain(const std::string& path, const std::string& why) {
  if (told_.insert(path + why).second) unreadable_.push_back({path, why});
}

}  // namespace sallyport::audit
