#pragma once

#include <string>
#include <vector>

#include "logs/directory.hpp"
#include "logs/stored_file.hpp"

namespace sallyport::logs {

// A stream's files in the order of their lines.
struct LogStream {
  std::string name;
  std::vector<LogFile> files;
};

struct FoundLogs {
  std::vector<LogStream> streams;  // by name
  std::vector<Unreadable> unreadable;
};

// The files of logs in these places as they were at one moment, even if replicas close or compress some meanwhile. A
// file without a whole line belongs to no stream and is unreadable; so is a compressed one beside what it was made of,
// if that is not the same, which counts as damage.
[[nodiscard]] FoundLogs find_logs(const std::vector<std::string>& places);

// What was found then, to its end of then, by whatever name it has now.
[[nodiscard]] StoredFile open(const LogFile& file);

}  // namespace sallyport::logs
