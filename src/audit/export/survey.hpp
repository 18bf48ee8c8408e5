#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "audit/export/policy_needs.hpp"
#include "audit/export/tally.hpp"
#include "audit/selection.hpp"
#include "base/result.hpp"
#include "logs/snapshot.hpp"

namespace sallyport::audit {

struct SurveyedFile {
  logs::LogFile file;
  std::string sha256;
  std::uint64_t chosen = 0;   // records
  bool signed_after = false;  // a checkpoint stands in it, behind its last chosen record
  std::string note;           // its last checkpoint
};

struct SurveyedStream {
  std::string name;
  std::vector<SurveyedFile> files;
};

// All that has to be known of logs before a bundle of them is written.
struct Survey {
  std::vector<SurveyedStream> streams;  // those with chosen records, and the files that a bundle must hold of them
  Tally tally;
  PolicyNeeds policies;
  std::set<std::string> keys;  // that the logs name
};

// Reads all lines. Those that are none are left to `log verify` to tell of.
[[nodiscard]] Result<Survey> survey(const logs::FoundLogs& logs, const Selection& wanted);

// From a stream's files, those from the first chosen record on, up to where a checkpoint covers the last one.
[[nodiscard]] std::vector<SurveyedFile> covering(std::vector<SurveyedFile> files);

}  // namespace sallyport::audit
