#include "audit/log_files.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "audit/file_reader.hpp"
#include "audit/growing_file.hpp"
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

}  // namespace

std::vector<std::string> log_paths(const std::vector<std::string>& places, std::vector<Unreadable>& unreadable) {
  std::vector<std::string> paths;
  std::set<GrowingFile::Identity> seen;  // for a moment, a file that is being closed has two names
  for (const auto& place : places) {
    for (auto& path : files_in(place, unreadable)) {
      const auto identity = GrowingFile::identity_of(path);
      if (!identity || seen.insert(*identity).second) paths.push_back(std::move(path));
    }
  }
  return paths;
}

FoundLogs find_logs(const std::vector<std::string>& places) {
  FoundLogs found;
  std::map<std::string, LogStream> streams;
  for (const auto& path : log_paths(places, found.unreadable)) {
    FileReader file(path);
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
    std::error_code error;
    auto& stream = streams[std::string(start->stream)];
    stream.files.push_back({path, start->seq, fs::file_size(path, error)});
  }
  for (auto& [name, stream] : streams) {
    stream.name = name;
    std::ranges::sort(stream.files, {}, &LogFile::first_seq);
    found.streams.push_back(std::move(stream));
  }
  return found;
}

}  // namespace sallyport::audit
