#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "audit/file_reader.hpp"
#include "base/result.hpp"

namespace sallyport::audit {

// A file of a log, by its first line.
struct LogFile {
  std::string path;  // when it was found: a replica may have closed it since, by another name in the same directory
  FileIdentity identity;  // by which it is found all the same
  std::uint64_t first_seq = 0;
  std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max();
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
};

struct FoundLogs {
  std::vector<LogStream> streams;  // by name
  std::vector<Unreadable> unreadable;
};

// The files that may be logs: those named, and all *.jsonl in directories and theirs.
[[nodiscard]] std::vector<std::string> log_paths(const std::vector<std::string>& places,
                                                 std::vector<Unreadable>& unreadable);

// Files, and all *.jsonl in directories and theirs, as they were at one moment, even if replicas close some meanwhile.
// A file without a whole line belongs to no stream and is unreadable.
[[nodiscard]] FoundLogs find_logs(const std::vector<std::string>& places);

// What was found then, to its end of then.
[[nodiscard]] FileReader open(const LogFile& file);

}  // namespace sallyport::audit
