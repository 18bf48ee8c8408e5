#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sallyport::audit {

struct VerifyOptions {
  std::vector<std::string> places;
  std::vector<std::string> keys;  // each a key as in the Secret's log.pub, or a file that holds some
  std::vector<std::string> witnesses;
  bool as_json = false;
};

struct ShowOptions {
  std::vector<std::string> places;
  std::string since, until;  // RFC 3339, or how long ago: "2h"
  std::string agent, namespace_name, request, verdict, event;
  bool as_json = false;
};

// The processes' exit codes: 0 clean or shown, 1 broken, 2 wrong usage, 3 something could not be read.
[[nodiscard]] int log_verify(const VerifyOptions& options);
[[nodiscard]] int log_show(const ShowOptions& options);

}  // namespace sallyport::audit
