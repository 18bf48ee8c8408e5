#include "kube/admission_policy.hpp"

#include "json/path.hpp"
#include "kube/paths.hpp"

namespace sallyport::kube {
namespace {

// The pointer is in check_admission_policy's frame, or its caller's.
Awaitable<std::optional<std::string>> check(Api& api, std::string path, const json::Value* expected_spec) {
  const auto object = co_await api.send(get(path));
  if (!object && object.error().code() == ErrorCode::not_found) {
    co_return std::optional<std::string>(path + " does not exist");
  }
  if (!object) co_return fail(object.error());
  const auto difference = first_difference(*expected_spec, (*object)["spec"]);
  if (!difference) co_return std::optional<std::string>();
  co_return std::optional<std::string>(path + " is not as installed: " + *difference);
}

}  // namespace

std::optional<std::string> first_difference(const json::Value& expected, const json::Value& live) {
  if (expected == live) return std::nullopt;
  const auto changes = json::diff(expected, live);
  return "spec differs at " + (changes.empty() ? std::string("its root") : to_string(changes.front().path));
}

// `expected` lives as long as the caller, which waits for this.
Awaitable<std::optional<std::string>> check_admission_policy(Api& api, const AdmissionPolicy* expected) {
  const auto policy =
      co_await check(api, path_of(kAdmissionPolicies, {}, expected->policy_name), &expected->policy_spec);
  if (!policy || policy->has_value()) co_return policy;
  co_return co_await check(api, path_of(kAdmissionPolicyBindings, {}, expected->binding_name), &expected->binding_spec);
}

}  // namespace sallyport::kube
