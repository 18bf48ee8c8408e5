#pragma once

#include <string>

#include "audit/replay/history.hpp"

namespace sallyport::audit {

enum class Sameness { same, differs, unknown };

// What came of deciding one recorded thing again.
struct Finding {
  Sameness sameness = Sameness::unknown;
  Place at;
  std::string request, agent, namespace_name;
  std::string what;      // "review Approve by alice", "decision", "use", "gate"
  std::string recorded;  // what the log says
  std::string again;     // what it would be, or why that cannot be told
};

}  // namespace sallyport::audit
