#include "audit/log_files.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <ranges>
#include <set>
#include <utility>

#include "audit/file_reader.hpp"
#include "journal/closed_files.hpp"
#include "journal/line.hpp"
#include "journal/line_reader.hpp"

namespace sallyport::audit {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = std::size_t{64} << 10;

// Regular files alone: a link or a pipe in an auditor's folder is somebody's trick.
void add_files(const std::string& directory, std::set<std::string>& files, std::error_code& error) {
  for (auto entry = fs::recursive_directory_iterator(directory, error); !error && entry != fs::end(entry);
       entry.increment(error)) {
    if (journal::is_log_name(entry->path().native()) && entry->symlink_status().type() == fs::file_type::regular) {
      files.insert(entry->path().string());
    }
  }
}

std::set<std::string> files_in(const std::string& place, std::vector<Unreadable>& unreadable) {
  std::error_code error;
  if (!fs::is_directory(place, error)) return {place};
  std::set<std::string> files;
  // Twice, since one that gets another name while a directory is read may be missed by both of them.
  add_files(place, files, error);
  if (!error) add_files(place, files, error);
  if (error) unreadable.push_back({place, error.message()});
  if (files.empty() && !error) unreadable.push_back({place, "there is no log (*.jsonl, *.jsonl.gz) in it"});
  return files;
}

std::string compressed(const std::string& path) {
  return std::string(journal::without_compressed(path)) + std::string(journal::kCompressed);
}

// What is wrong with the compressed one, if it does not hold what the other does. That one may be gone, if it has been
// compressed by now, or not be readable, which is told of it alone.
std::optional<Unreadable> difference(const std::string& plain, const std::string& compressed) {
  FileReader one(plain), other(compressed);
  const auto read_one = one.as_source(), read_other = other.as_source();
  std::vector<char> piece(kPiece), other_piece(kPiece);
  for (;;) {
    const auto count = read_one(piece);
    const auto other_count = read_other(other_piece);
    if (!count) return std::nullopt;
    if (!other_count) return Unreadable{compressed, other_count.error().message(), other.is_damaged()};
    if (std::string_view(piece.data(), *count) != std::string_view(other_piece.data(), *other_count)) {
      return Unreadable{compressed, "it does not hold what " + plain + " does", true};
    }
    if (*count == 0) return std::nullopt;
  }
}

// What is just being compressed is there twice for a moment; for longer, if that was cut short.
void leave_one_of_two(std::set<std::string>& paths, std::vector<Unreadable>& unreadable) {
  std::erase_if(paths, [&](const auto& path) {
    const std::string plain(journal::without_compressed(path));
    if (plain == path || !paths.contains(plain)) return false;
    if (auto why = difference(plain, path)) unreadable.push_back(std::move(*why));
    return true;
  });
}

// One look at all places.
class Look {
 public:
  explicit Look(const std::vector<std::string>& places) {
    std::set<std::string> paths;
    for (const auto& place : places) paths.merge(files_in(place, unreadable_));
    leave_one_of_two(paths, unreadable_);
    for (const auto& path : paths) {
      const bool is_compressed_by_now = !identity_of(path) && identity_of(compressed(path));
      look_at(is_compressed_by_now ? compressed(path) : path);
    }
  }

  [[nodiscard]] std::map<std::string, std::vector<LogFile>>& streams() { return streams_; }
  [[nodiscard]] std::vector<Unreadable>& unreadable() { return unreadable_; }

 private:
  void look_at(const std::string& path) {
    FileReader file(path);
    const auto read = file.as_source();
    journal::LineReader lines(read);
    const auto first = lines.next();
    if (!first) {
      unreadable_.push_back({path, first.error().message(), file.is_damaged()});
      return;
    }
    const auto start = journal::read_start(first->bytes);
    if (!start) {
      unreadable_.push_back({path, first->bytes.empty() ? "it is empty" : "its first line is none of a log"});
      return;
    }
    // For a moment, a file that is being closed has two names.
    if (!known_.emplace(*file.identity(), start->seq).second) return;
    const std::string stream(start->stream);
    streams_[stream].push_back({path, stream, start->seq, file.size()});
  }

  std::map<std::string, std::vector<LogFile>> streams_;
  std::vector<Unreadable> unreadable_;
  std::set<std::pair<FileIdentity, std::uint64_t>> known_;
};

// A file that gets another name while a directory is read can be missed there. Now it has one that stays, and others
// that follow it were found.
void add_missed(std::vector<LogFile>& later, std::vector<LogFile>& files) {
  std::set<std::uint64_t> firsts;
  for (const auto& file : files) firsts.insert(file.first_seq);
  std::ranges::copy_if(later, std::back_inserter(files), [&firsts](const auto& file) {
    return file.first_seq < *firsts.rbegin() && !firsts.contains(file.first_seq);
  });
}

bool holds(FileReader& reader, const LogFile& file) {
  const auto source = reader.as_source();
  journal::LineReader lines(source);
  const auto first = lines.next();
  const auto start = first ? journal::read_start(first->bytes) : std::nullopt;
  return start && start->stream == file.stream && start->seq == file.first_seq;
}

}  // namespace

std::vector<std::string> log_paths(const std::vector<std::string>& places, std::vector<Unreadable>& unreadable) {
  std::set<std::string> paths;
  for (const auto& place : places) paths.merge(files_in(place, unreadable));
  return {paths.begin(), paths.end()};
}

FoundLogs find_logs(const std::vector<std::string>& places) {
  Look look(places), later(places);
  FoundLogs found{.streams = {}, .unreadable = std::move(look.unreadable())};
  for (auto& [name, files] : look.streams()) {
    add_missed(later.streams()[name], files);
    std::ranges::sort(files, {}, &LogFile::first_seq);
    found.streams.push_back({name, std::move(files)});
  }
  return found;
}

FileReader open(const LogFile& file) {
  const auto closed = fs::path(file.path).replace_filename(journal::closed_file_name(file.stream, file.first_seq));
  for (const auto& path : {file.path, closed.string()}) {
    FileReader reader(path, file.bytes);
    if (holds(reader, file) || reader.is_damaged()) return reader;
  }
  FileReader reader(compressed(closed));
  return holds(reader, file) || reader.is_damaged() ? std::move(reader) : FileReader(closed);
}

}  // namespace sallyport::audit
