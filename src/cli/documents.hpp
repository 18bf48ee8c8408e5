#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "json/value.hpp"

namespace sallyport::cli {

// A file's text, or that of standard input ("-"), at most 8 MiB of it.
[[nodiscard]] Result<std::string> read_text(const std::string& file);

// The files that a name stands for: itself, or where it is a folder, what in it is called .yaml, .yml or .json, in the
// order of their names.
[[nodiscard]] Result<std::vector<std::string>> files_in(const std::string& name);

// The objects in a file of YAML or JSON, in their order; those of a List one by one. "-" is standard input. The error
// names the file, and the line if it can.
[[nodiscard]] Result<std::vector<json::Value>> read_objects(const std::string& file);

}  // namespace sallyport::cli
