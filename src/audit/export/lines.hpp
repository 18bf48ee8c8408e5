#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "logs/snapshot.hpp"

namespace sallyport::audit {

// A line with its newline. False: no more of them are wanted.
using TakeLine = std::function<bool(std::string_view line)>;
using TakeBytes = std::function<Result<void>(std::string_view bytes)>;

// All that the file held when it was found, piece by piece. An Error: it could not be read, or has become shorter.
[[nodiscard]] Result<void> read_bytes(const logs::LogFile& file, const TakeBytes& take);

// Up to the first one that is too long for a line of a log; `log verify` reports that one.
[[nodiscard]] Result<void> read_lines(const logs::LogFile& file, const TakeLine& take);

}  // namespace sallyport::audit
