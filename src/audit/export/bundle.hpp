#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "audit/selection.hpp"
#include "audit/verify.hpp"
#include "base/result.hpp"
#include "journal/checkpoint.hpp"
#include "logs/snapshot.hpp"

namespace sallyport::audit {

// Writes the evidence bundle of the records that pass: a zip file that docs/audit.md describes. Returns what a check of
// all the logs given has found. not_found: no record passes.
[[nodiscard]] Result<Report> write_bundle(std::FILE* file, const logs::FoundLogs& logs, const Selection& wanted,
                                          const std::vector<journal::VerifierKey>& keys);

}  // namespace sallyport::audit
