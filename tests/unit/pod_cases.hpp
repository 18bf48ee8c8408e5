#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "json/json.hpp"
#include "unit/compressed_lines.hpp"
#include "unit/test_files.hpp"

// Pods, and what the Pod Security baseline's own module says of each (hack/pod_baseline.py).
namespace sallyport {

struct PodCase {
  json::Value metadata;
  json::Value spec;
  std::vector<std::string> outside;  // the checks that it fails, or "unreadable"
  bool plain = false;                // inside, and written as an API server writes it
  std::string text;
};

inline PodCase pod_case_of(std::string line) {
  const auto value = json::parse(line);
  EXPECT_TRUE(value) << line;
  PodCase pod{(*value)["metadata"], (*value)["spec"], {}, (*value)["plain"].truth(), std::move(line)};
  EXPECT_TRUE((*value)["outside"].is_array()) << pod.text;
  for (const auto& name : (*value)["outside"].items()) pod.outside.emplace_back(name.text());
  return pod;
}

struct PodCases {
  std::vector<std::string> checks;  // all that the module has
  std::vector<PodCase> pods;
};

inline const PodCases& pod_cases() {
  static const PodCases cases = [] {
    const char* other = std::getenv("SALLYPORT_POD_CASES");
    auto lines = lines_of(other != nullptr ? std::filesystem::path(other) : test_file("data/pod_baseline.gz"));
    EXPECT_GE(lines.size(), 1500u);
    PodCases found;
    const auto head = json::parse(lines.empty() ? "" : lines.front());
    EXPECT_TRUE(head);
    for (const auto& [name, since] : (*head)["checks"].members()) found.checks.push_back(name);
    for (auto& line : std::span(lines).subspan(1)) found.pods.push_back(pod_case_of(std::move(line)));
    return found;
  }();
  return cases;
}

}  // namespace sallyport
