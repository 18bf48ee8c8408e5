#pragma once

#include <string>

#include "cli/ink.hpp"
#include "doctor/finding.hpp"

namespace sallyport::doctor {

// The screen: what is wrong in a line each, first; then what to do about each; then what is well. `where` says what was
// looked at. Pure.
[[nodiscard]] std::string screen(const Report& report, const std::string& where, const cli::Page& page);
// The same for programs.
[[nodiscard]] std::string as_json(const Report& report);

}  // namespace sallyport::doctor
