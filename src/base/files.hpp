#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace sallyport {

// A whole small file. not_found or internal, naming it; also where it is larger than any certificate or token.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path);

}  // namespace sallyport
