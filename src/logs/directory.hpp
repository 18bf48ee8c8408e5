#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "logs/stored_file.hpp"

namespace sallyport::logs {

// A file of a log, by its first line, which never changes. Its path and its number on the disk do: a replica that
// closes it gives it another name, one that compresses it makes another file of it, and either may then be that of
// another file.
struct LogFile {
  std::string path;  // when it was found
  std::string stream;
  std::uint64_t first_seq = 0;
  std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max();  // stored there then
  std::string time = {};                                            // of its first line
  std::string prev = {};                                            // the hash of the line before it
  FileIdentity identity = {};
  bool is_compressed = false;
};

// What cannot be read, or is no log.
struct Unreadable {
  std::string path;
  std::string why;
  bool damaged = false;    // it was a log: its compressed bytes are not what was written
  bool has_begun = false;  // its first line may yet come
};

// Which files of logs are where, by stream; in each as they are found, with all their names and copies.
using FilesByStream = std::map<std::string, std::vector<LogFile>>;

// Looks at places again and again: files, and directories of which all *.jsonl and *.jsonl.gz count that are regular
// files. (A link or a pipe in an auditor's folder is somebody's trick.) The first line of a file that has not changed
// is not read again. One thread.
class Directory {
 public:
  struct Scope {
    bool below = true;    // with directories in directories
    bool files = true;    // a place may be a file itself
    bool beside = false;  // with what was closed beside a file that is a place itself
  };

  Directory(std::vector<std::string> places, Scope scope) : places_(std::move(places)), scope_(scope) {}

  // Files may get another name, be compressed or removed meanwhile: one that is there all the time is found, by one
  // name at least, or with the next look.
  [[nodiscard]] FilesByStream look();
  void look_beside(bool beside) { scope_.beside = beside; }

  // Of the last look.
  [[nodiscard]] const std::vector<Unreadable>& unreadable() const { return unreadable_; }
  [[nodiscard]] const std::set<std::string>& paths() const { return paths_; }
  // Named like logs in a directory, and no regular files.
  [[nodiscard]] const std::set<std::string>& not_regular() const { return not_regular_; }
  // Directories that could not be listed, and why.
  [[nodiscard]] const std::vector<Unreadable>& not_listed() const { return not_listed_; }

  // Places that are directories with nothing that may be a log.
  [[nodiscard]] std::vector<Unreadable> without_logs() const;

 private:
  [[nodiscard]] std::vector<std::string> closed_beside(const FilesByStream& streams) const;
  void list(const std::string& place);
  [[nodiscard]] std::error_code list_directory(const std::string& directory);
  [[nodiscard]] std::optional<LogFile> look_at(const std::string& path);

  std::vector<std::string> places_;
  Scope scope_;
  std::set<std::string> paths_, not_regular_;
  std::vector<Unreadable> unreadable_, not_listed_;
  std::map<std::pair<std::string, Stamp>, LogFile> known_, seen_;  // of the last look, and of the one under way
};

// The stored name of what has this name, once it is compressed.
[[nodiscard]] std::string compressed_name(const std::string& path);

// A stream's files in the order of their lines, each once: the log's own before one that was made of them, and that
// before somebody's copy, which may hold less. (Amid a rotation, one file has two names; while it is being compressed,
// its lines are there twice.)
void leave_one_of_each(std::vector<LogFile>& files);

}  // namespace sallyport::logs
