#pragma once

#include <string>
#include <string_view>

#include "audit/record.hpp"
#include "audit/request_index.hpp"

// Records as a table for people's spreadsheets: RFC 4180, the columns that docs/audit.md lists.
namespace sallyport::audit {

// Quoted. Nothing in it steers a terminal, and no spreadsheet takes it for a formula.
[[nodiscard]] std::string csv_cell(std::string_view text);

// Both with their line's end.
[[nodiscard]] std::string csv_heading();
// `asked`: of the request that the record is about, or null. What the record does not say of the action, that says.
[[nodiscard]] std::string csv_row(const Record& record, const Asked* asked);

}  // namespace sallyport::audit
