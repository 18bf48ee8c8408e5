#include "audit/log_files.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <ranges>
#include <set>
#include <utility>

#include "audit/file_reader.hpp"
#include "journal/line.hpp"
#include "journal/line_reader.hpp"

namespace sallyport::audit {
namespace {

namespace fs = std::filesystem;

// Regular files alone: a link or a pipe in an auditor's folder is somebody's trick.
std::vector<std::string> files_in(const std::string& place, std::vector<Unreadable>& unreadable) {
  std::error_code error;
  if (!fs::is_directory(place, error)) return {place};
  std::vector<std::string> files;
  for (auto entry = fs::recursive_directory_iterator(place, error); !error && entry != fs::end(entry);
       entry.increment(error)) {
    if (entry->path().extension() == ".jsonl" && entry->symlink_status().type() == fs::file_type::regular) {
      files.push_back(entry->path().string());
    }
  }
  if (error) unreadable.push_back({place, error.message()});
  if (files.empty() && !error) unreadable.push_back({place, "there is no log (*.jsonl) in it"});
  std::ranges::sort(files);
  return files;
}

// Listed at one moment. A path's file may be another one in the next.
struct Listing {
  std::map<std::string, FileIdentity> paths;
  std::set<FileIdentity> files;
  std::vector<Unreadable> unreadable;
};

Listing list(const std::vector<std::string>& places) {
  Listing listing;
  for (const auto& place : places) {
    for (auto& path : files_in(place, listing.unreadable)) {
      const auto identity = identity_of(path).value_or(FileIdentity{});
      // For a moment, a file that is being closed has two names.
      if (identity != FileIdentity{} && !listing.files.insert(identity).second) continue;
      listing.paths.emplace(std::move(path), identity);
    }
  }
  return listing;
}

FoundLogs read_starts(Listing listing) {
  FoundLogs found{.streams = {}, .unreadable = std::move(listing.unreadable)};
  std::map<std::string, LogStream> streams;
  for (const auto& [path, identity] : listing.paths) {
    auto file = open({path, identity});
    const auto read = file.as_source();
    journal::LineReader lines(read);
    const auto first = lines.next();
    if (!first) {
      found.unreadable.push_back({path, first.error().message()});
      continue;
    }
    const auto start = journal::read_start(first->bytes);
    if (!start) {
      found.unreadable.push_back({path, first->bytes.empty() ? "it is empty" : "its first line is none of a log"});
      continue;
    }
    streams[std::string(start->stream)].files.push_back({path, identity, start->seq, file.size()});
  }
  for (auto& [name, stream] : streams) {
    stream.name = name;
    std::ranges::sort(stream.files, {}, &LogFile::first_seq);
    found.streams.push_back(std::move(stream));
  }
  return found;
}

// A file that gets another name while a directory is read can be missed there. Now it has one that stays, and others
// that follow it were found.
void add_missed(Listing later, FoundLogs& found) {
  for (auto& stream : read_starts(std::move(later)).streams) {
    const auto known = std::ranges::find(found.streams, stream.name, &LogStream::name);
    if (known == found.streams.end()) continue;
    const auto last = known->files.back().first_seq;
    std::ranges::copy_if(stream.files, std::back_inserter(known->files),
                         [last](const auto& file) { return file.first_seq < last; });
    std::ranges::sort(known->files, {}, &LogFile::first_seq);
  }
}

}  // namespace

std::vector<std::string> log_paths(const std::vector<std::string>& places, std::vector<Unreadable>& unreadable) {
  auto listing = list(places);
  std::ranges::move(listing.unreadable, std::back_inserter(unreadable));
  const auto paths = std::views::keys(listing.paths);
  return {paths.begin(), paths.end()};
}

FoundLogs find_logs(const std::vector<std::string>& places) {
  auto listing = list(places);
  const auto listed = listing.files;
  auto found = read_starts(std::move(listing));
  auto later = list(places);
  std::erase_if(later.paths, [&listed](const auto& each) { return listed.contains(each.second); });
  add_missed(std::move(later), found);
  return found;
}

FileReader open(const LogFile& file) {
  FileReader reader(file.path, file.bytes);
  if (reader.identity() == file.identity) return reader;
  std::error_code error;
  for (auto entry = fs::directory_iterator(fs::absolute(file.path).parent_path(), error);
       !error && entry != fs::end(entry); entry.increment(error)) {
    if (identity_of(entry->path()) == file.identity) return FileReader(entry->path(), file.bytes);
  }
  return reader;
}

}  // namespace sallyport::audit
