#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "journal/checkpoint.hpp"

namespace sallyport::audit {

// As the command line has them: each a log's public key, or a file that holds some. The error says what is neither.
[[nodiscard]] Result<std::vector<journal::VerifierKey>> read_keys(const std::vector<std::string>& given);

}  // namespace sallyport::audit
