#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/gzip.hpp"

namespace sallyport {

// The lines of a file that is compressed.
inline std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  const std::string stored{std::istreambuf_iterator<char>(file), {}};
  Gunzip gunzip;
  std::string text, room(1 << 16, '\0');
  for (std::span<const char> rest(stored); !rest.empty();) {
    const auto step = gunzip.step(rest, room);
    EXPECT_TRUE(step) << path;
    if (!step) break;
    text.append(room, 0, step->made);
    rest = rest.subspan(step->taken);
  }
  EXPECT_TRUE(gunzip.at_end()) << path;
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return lines;
}

}  // namespace sallyport
