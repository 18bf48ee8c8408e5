#pragma once

#include <filesystem>

#include "base/crypto.hpp"
#include "base/result.hpp"

namespace sallyport::keys {

// A file for its owner alone (mode 0600), on disk when this is done. already_exists: one of that name is there, and
// stays as it is.
[[nodiscard]] Result<void> write_new_file(const std::filesystem::path& path, const Secret& content);

}  // namespace sallyport::keys
