#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

// application/x-www-form-urlencoded.
namespace sallyport::people {

[[nodiscard]] std::string write_form(const std::vector<std::pair<std::string_view, std::string_view>>& fields);
[[nodiscard]] std::string form_text(std::string_view text);  // one name or value

// bad_input: more than 8 KiB or 32 fields, a name twice, or no valid percent encoding.
[[nodiscard]] Result<std::map<std::string, std::string>> read_form(std::string_view text);

}  // namespace sallyport::people
