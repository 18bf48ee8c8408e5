#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "audit/file_reader.hpp"
#include "base/result.hpp"

namespace sallyport::audit {

// A file of a log, by its first line, which never changes. Its path and its number on the disk do: a replica that
// closes it gives it another name, one that compresses it makes another file of it, and either may then be that of
// another file.
struct LogFile {
  std::string path;  // when it was found
  std::string stream;
  std::uint64_t first_seq = 0;
  std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max();  // stored there then
};

// A stream's files in the order of their lines.
struct LogStream {
  std::string name;
  std::vector<LogFile> files;
};

// What can not be read, or is no log.
struct Unreadable {
  std::string path;
  std::string why;
  bool damaged = false;  // it was a log: its compressed bytes are not what was written
};

struct FoundLogs {
  std::vector<LogStream> streams;  // by name
  std::vector<Unreadable> unreadable;
};

// The files that may be logs: those named, and all *.jsonl and *.jsonl.gz in directories and theirs.
[[nodiscard]] std::vector<std::string> log_paths(const std::vector<std::string>& places,
                                                 std::vector<Unreadable>& unreadable);

// The same as they were at one moment, even if replicas close or compress some meanwhile. A file without a whole line
// belongs to no stream and is unreadable; so is a compressed one beside what it was made of, if that is not the same,
// which counts as damage.
[[nodiscard]] FoundLogs find_logs(const std::vector<std::string>& places);

// What was found then, to its end of then, by whatever name it has now.
[[nodiscard]] FileReader open(const LogFile& file);

}  // namespace sallyport::audit
