#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sallyport::controllers {

// Compresses a stream's closed files, all but the newest, which may be closed at this moment. A file goes only when
// what stands for it is on disk and was read back as it was; one whose first line cannot be read is left as it is,
// with whatever is beside it. Blocks for seconds, until `stop` says otherwise; not twice at once, and not while a
// Retirement passes. An Error: some are still as they were.
[[nodiscard]] Result<void> compress_closed(const std::string& dir, std::string_view stream,
                                           const std::stop_token& stop);

}  // namespace sallyport::controllers
