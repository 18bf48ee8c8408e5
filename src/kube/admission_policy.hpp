#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json/value.hpp"
#include "kube/api.hpp"

namespace sallyport::kube {

// The ValidatingAdmissionPolicy and its binding that guard our kinds in the API server itself. Their specs as the chart
// has them, with every field that the API server would fill in.
struct AdmissionPolicy {
  std::string policy_name;
  std::string binding_name;
  json::Value policy_spec;
  json::Value binding_spec;
};

// Reads both (quorum reads). A sentence: they do not stand exactly as expected. Nothing: they do.
[[nodiscard]] Awaitable<std::optional<std::string>> check_admission_policy(Api& api, const AdmissionPolicy* expected);

// Where two values differ first, in words that fit behind a name; nothing: they are equal.
[[nodiscard]] std::optional<std::string> first_difference(const json::Value& expected, const json::Value& live);

}  // namespace sallyport::kube
