#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/export/policy_needs.hpp"
#include "audit/export/survey.hpp"
#include "audit/filter.hpp"
#include "audit/verify.hpp"

// The two texts of a bundle for people. Nothing in them steers a terminal.
namespace sallyport::audit {

// A file of a log, as it is called in the bundle.
struct BundledLog {
  std::string entry, stream;
  std::uint64_t first_seq = 0, chosen = 0;
};

struct BundledPolicy {
  PolicyKey key;
  std::string entry;  // "": no line of these logs tells its text
};

struct Contents {
  Report report;  // of all that was given, not of the extract alone
  bool by_given_keys = false;
  std::vector<BundledLog> logs;
  std::vector<BundledPolicy> policies;
};

[[nodiscard]] std::string summary_of(const Contents& contents, const Survey& survey, const Filter& filter);
// What is in the bundle, how to check it, and what that cannot show.
[[nodiscard]] std::string instructions_for(const Contents& contents);

}  // namespace sallyport::audit
