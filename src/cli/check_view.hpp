#pragma once

#include <string>
#include <vector>

#include "cli/failure.hpp"
#include "cli/ink.hpp"
#include "model/request.hpp"
#include "whatif/query.hpp"

namespace sallyport::cli {

// One object of a file, and what would come of writing it.
struct Checked {
  model::ActionRecord action;
  std::string agent, user;  // "": any
  whatif::Prediction prediction;
};

[[nodiscard]] std::string check_view(const std::vector<Checked>& all, const Page& page);
[[nodiscard]] std::string check_json(const std::vector<Checked>& all);

// 0 nobody asks about any of them, 1 one is gated or refused, 4 of one it cannot be told.
[[nodiscard]] Exit check_exit(const std::vector<Checked>& all);

}  // namespace sallyport::cli
