#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "audit/filter.hpp"

namespace sallyport::audit {

struct VerifyOptions {
  std::vector<std::string> places;
  std::vector<std::string> keys;  // each a key as in the Secret's log.pub, or a file that holds some
  std::vector<std::string> witnesses;
  bool extract = false;  // of `log export`: not all is here
  bool as_json = false;
};

struct ShowOptions {
  std::vector<std::string> places;
  Wanted wanted;
  bool as_json = false;
};

struct TailOptions {
  std::vector<std::string> places;
  Wanted wanted;
  std::size_t lines = 10;  // of what is there already
  bool follow = false;
  bool as_json = false;
};

struct ReportOptions {
  std::vector<std::string> places;
  Wanted wanted;
  bool as_json = false;
};

// The processes' exit codes: 0 clean or shown, 1 broken, 2 wrong usage, 3 something could not be read.
[[nodiscard]] int log_verify(const VerifyOptions& options);
[[nodiscard]] int log_show(const ShowOptions& options);
[[nodiscard]] int log_tail(const TailOptions& options);
// What Warn and Audit policies would have asked for.
[[nodiscard]] int policy_report(const ReportOptions& options);

}  // namespace sallyport::audit
