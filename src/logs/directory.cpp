#include "logs/directory.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

#include "journal/file_names.hpp"
#include "journal/line.hpp"

namespace sallyport::logs {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBeginning = 4096;  // enough for all that journal::read_start reads of a replica's line

// What is named like a log.
template <typename Entries>
std::error_code add_entries(const std::string& directory, std::set<std::string>& regular,
                            std::set<std::string>& others) {
  std::error_code error;
  for (Entries entry(directory, error); !error && entry != fs::end(entry); entry.increment(error)) {
    if (!journal::is_log_name(entry->path().native())) continue;
    std::error_code gone;
    const auto type = entry->symlink_status(gone).type();
    if (type == fs::file_type::regular) regular.insert(entry->path().string());
    if (type != fs::file_type::regular && type != fs::file_type::not_found) others.insert(entry->path().string());
  }
  return error;
}

// A stream may be called as somebody likes who wants to trick us, and at any length.
Result<std::string> beginning_of(StoredFile& stored) {
  auto beginning = stored.read(0, kBeginning);
  const bool may_go_on = beginning && beginning->size() == kBeginning && !beginning->contains('\n');
  return may_go_on && !journal::read_start(*beginning) ? stored.read(0, journal::kLineLimit) : beginning;
}

int rank_of(const LogFile& file) {
  const auto name = fs::path(file.path).filename().string();
  const auto closed = journal::closed_file_name(file.stream, file.first_seq);
  if (name == closed) return 0;
  if (name == journal::written_file_name(file.stream)) return 1;
  if (journal::without_compressed(name) == closed) return 2;
  return journal::without_compressed(name) == name ? 3 : 4;
}

}  // namespace

FilesByStream Directory::look() {
  paths_.clear();
  not_regular_.clear();
  unreadable_.clear();
  not_listed_.clear();
  seen_.clear();
  for (const auto& place : places_) list(place);
  FilesByStream streams;
  const auto add = [&](const std::string& path) {
    if (auto file = look_at(path)) streams[file->stream].push_back(std::move(*file));
  };
  for (const auto& path : paths_) add(path);
  if (scope_.beside) {
    for (const auto& path : closed_beside(streams)) {
      if (paths_.insert(path).second) add(path);
    }
  }
  known_ = std::move(seen_);
  return streams;
}

std::vector<Unreadable> Directory::without_logs() const {
  std::vector<Unreadable> empty;
  std::error_code error;
  for (const auto& place : places_) {
    const auto inside = place.ends_with('/') ? place : place + "/";
    const auto is_inside = [&](const std::string& path) { return path.starts_with(inside); };
    const auto is_place = [&](const Unreadable& each) { return each.path == place; };
    if (!fs::is_directory(place, error) || std::ranges::any_of(paths_, is_inside)) continue;
    if (std::ranges::any_of(not_listed_, is_place)) continue;
    empty.push_back({place, "there is no log (*.jsonl, *.jsonl.gz) in it"});
  }
  return empty;
}

std::vector<std::string> Directory::closed_beside(const FilesByStream& streams) const {
  std::vector<std::string> paths;
  for (const auto& [stream, files] : streams) {
    for (const auto& file : files) {
      if (std::ranges::find(places_, file.path) == places_.end()) continue;
      const auto parent = fs::path(file.path).parent_path().string();
      std::set<std::string> there, others;
      if (add_entries<fs::directory_iterator>(parent.empty() ? "." : parent, there, others)) continue;
      std::ranges::copy_if(there, std::back_inserter(paths), [&](const auto& path) {
        return journal::first_seq_in(fs::path(path).filename().native(), stream).has_value();
      });
    }
  }
  return paths;
}

void Directory::list(const std::string& place) {
  std::error_code error;
  if (!fs::is_directory(place, error)) {
    if (scope_.files) paths_.insert(place);
    if (!scope_.files) not_listed_.push_back({place, error ? error.message() : "it is no directory"});
    return;
  }
  // Twice, since one that gets another name while a directory is read may be missed by both of them.
  error = list_directory(place);
  if (!error) error = list_directory(place);
  if (error) not_listed_.push_back({place, error.message()});
}

std::error_code Directory::list_directory(const std::string& directory) {
  return scope_.below ? add_entries<fs::recursive_directory_iterator>(directory, paths_, not_regular_)
                      : add_entries<fs::directory_iterator>(directory, paths_, not_regular_);
}

std::optional<LogFile> Directory::look_at(const std::string& path) {
  if (const auto stamp = stamp_of(path)) {
    if (const auto known = known_.find({path, *stamp}); known != known_.end()) {
      return seen_.emplace(known->first, known->second).first->second;
    }
  } else if (const auto compressed = compressed_name(path); compressed != path && stamp_of(compressed)) {
    return paths_.contains(compressed) ? std::nullopt : look_at(compressed);  // compressed by now
  }
  std::error_code error;
  if (!fs::exists(path, error) && std::ranges::find(places_, path) == places_.end()) return std::nullopt;  // gone again
  StoredFile stored(path);
  const auto beginning = beginning_of(stored);
  if (!beginning) {
    unreadable_.push_back({path, beginning.error().message(), beginning.error().code() == ErrorCode::bad_input});
    return std::nullopt;
  }
  const auto start = journal::read_start(*beginning);
  if (!start) {
    unreadable_.push_back({path, beginning->empty() ? "it is empty" : "its first line is none of a log", false,
                           beginning->size() < kBeginning && !beginning->contains('\n')});
    return std::nullopt;
  }
  LogFile file{path,
               std::string(start->stream),
               start->seq,
               stored.stamp()->bytes,
               std::string(start->time),
               std::string(start->prev),
               stored.stamp()->identity,
               stored.is_compressed()};
  return seen_.emplace(std::pair(path, *stored.stamp()), std::move(file)).first->second;
}

std::string compressed_name(const std::string& path) {
  return std::string(journal::without_compressed(path)) + std::string(journal::kCompressed);
}

void leave_one_of_each(std::vector<LogFile>& files) {
  std::ranges::sort(files, {}, [](const auto& file) { return std::pair(file.first_seq, rank_of(file)); });
  const auto twice = std::ranges::unique(files, {}, &LogFile::first_seq);
  files.erase(twice.begin(), twice.end());
}

}  // namespace sallyport::logs
