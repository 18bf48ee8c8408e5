#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace sallyport::audit {

// What somebody else has seen of a stream: the line of that number had this hash.
struct Sighting {
  std::uint64_t seq = 0;
  std::string head;   // hex
  std::string where;  // for people: which request, or which event of the API server's audit log
};

// By stream, in the order of their lines.
using Witnesses = std::map<std::string, std::vector<Sighting>>;

// From the API server's audit log (JSON lines, with our annotations), or from `kubectl get approvalrequests -A -o
// json`. An Error: it is neither, or names nothing at all.
[[nodiscard]] Result<void> add_witness(const std::string& path, Witnesses& witnesses);

}  // namespace sallyport::audit
