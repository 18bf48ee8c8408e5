#pragma once

#include <string>
#include <vector>

#include "audit/filter.hpp"

namespace sallyport::audit {

enum class Format { csv, json, bundle };

struct ExportOptions {
  std::vector<std::string> places;
  Wanted wanted;
  Format format = Format::bundle;
  std::string to;                 // a file, or "-"
  std::vector<std::string> keys;  // each a key as in the Secret's log.pub, or a file that holds some
  bool force = false;
};

// The process's exit code: 0 exported; 1 exported, and the log is broken; 2 wrong usage; 3 not all could be read, or
// nothing could be written.
[[nodiscard]] int log_export(const ExportOptions& options);

}  // namespace sallyport::audit
