#pragma once

#include <string>

#include "cli/ink.hpp"
#include "model/request.hpp"

namespace sallyport::cli {

enum class Detail {
  one_screen,  // long differences are cut, and it says so
  everything,  // what a reviewer must see before deciding
};

// A request on a screen: who wants what, the difference, why, who is asked, what is missing, when it ends.
[[nodiscard]] std::string show_view(const model::ApprovalRequest& request, const Page& page, Detail detail);

}  // namespace sallyport::cli
