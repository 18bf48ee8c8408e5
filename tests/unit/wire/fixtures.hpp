#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "json/json.hpp"
#include "unit/test_files.hpp"

namespace sallyport::wire {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// AdmissionReviews as an API server 1.36.3 sent them.
inline std::string review_named(const std::string& name) {
  return read_file(test_file("data/reviews") / (name + ".json"));
}

inline std::vector<std::string> all_reviews() {
  std::vector<std::string> texts;
  for (const auto& entry : std::filesystem::directory_iterator(test_file("data/reviews"))) {
    texts.push_back(read_file(entry.path()));
  }
  EXPECT_GE(texts.size(), 15u);
  return texts;
}

inline json::Value parse_json(std::string_view text) {
  auto parsed = json::parse(text);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message());
  return parsed.value_or(json::Value());
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace sallyport::wire
