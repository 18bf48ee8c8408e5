#pragma once

#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace sallyport {

// A file below tests/, wherever the test was started from ctest; by hand, from the repository's root. (Compiled in, the
// path would make every clone compile every test anew.)
inline std::filesystem::path test_file(std::string_view name) {
  const char* folder = std::getenv("SALLYPORT_TESTS");
  return std::filesystem::path(folder != nullptr ? folder : "tests") / name;
}

}  // namespace sallyport
