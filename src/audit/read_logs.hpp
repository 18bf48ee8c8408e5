#pragma once

#include <string>
#include <vector>

#include "audit/record.hpp"
#include "logs/snapshot.hpp"

namespace sallyport::audit {

// Gives all records of all streams, in the order of time. Returns what cannot be read.
[[nodiscard]] std::vector<logs::Unreadable> read_logs(const std::vector<std::string>& places, const TakeRecord& take);
// Of each file no more than there was when it was found.
[[nodiscard]] std::vector<logs::Unreadable> read_logs(const logs::FoundLogs& logs, const TakeRecord& take);

}  // namespace sallyport::audit
