#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/failure.hpp"
#include "cli/ink.hpp"

namespace sallyport::cli {

// One object of a plan, and what the gate has answered to its dry run.
struct AskedObject {
  enum class Answer {
    asked,     // a request waits for people
    approved,  // already
    free,      // nobody asks about it
    refused,   // by the gate
    unknown,   // by the API server
  };
  std::string object;  // "Deployment api"
  Answer answer = Answer::unknown;
  std::string request = {};  // "namespace/name", of asked and approved
  std::string plan = {};     // as the gate has named it, of asked
  std::string expires = {};  // of asked
  std::string words = {};    // why, of refused and unknown
};

// Of a dry run that went through, from its warnings; of one that did not, from why.
[[nodiscard]] AskedObject read_asked(std::string object, const std::vector<std::string>& warnings);
[[nodiscard]] AskedObject read_refused(std::string object, const Error& error);

[[nodiscard]] std::string ask_view(const std::vector<AskedObject>& all, const Page& page);
[[nodiscard]] std::string ask_json(const std::vector<AskedObject>& all);
// 0 all that people are to be asked about is asked, 1 something is not.
[[nodiscard]] Exit ask_exit(const std::vector<AskedObject>& all);

}  // namespace sallyport::cli
