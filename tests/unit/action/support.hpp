#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "action/describe.hpp"
#include "json/json.hpp"
#include "model/admission.hpp"

namespace sallyport::action::testing {

// Fails the test where the text is no JSON.
[[nodiscard]] json::Value parse(std::string_view text);
[[nodiscard]] std::vector<json::PathPattern> patterns(std::initializer_list<std::string_view> texts);

// One of recorded/reviews.json, as the API server sent it.
[[nodiscard]] model::AdmissionRequest recorded(std::string_view name);

// A write by the agent, in namespace "shop"; the name is the new object's.
[[nodiscard]] model::AdmissionRequest create(model::Resource resource, std::string_view object);
[[nodiscard]] model::AdmissionRequest update(model::Resource resource, std::string_view before, std::string_view after);
[[nodiscard]] model::AdmissionRequest update_values(model::Resource resource, json::Value before, json::Value after);

inline const model::Resource kPods{"", "v1", "pods", ""};
inline const model::Resource kServices{"", "v1", "services", ""};
inline const model::Resource kSecrets{"", "v1", "secrets", ""};
inline const model::Resource kConfigMaps{"", "v1", "configmaps", ""};
inline const model::Resource kJobs{"batch", "v1", "jobs", ""};
inline const model::Resource kDeployments{"apps", "v1", "deployments", ""};
inline const model::Resource kRoles{"rbac.authorization.k8s.io", "v1", "roles", ""};
inline const model::Resource kWidgets{"example.com", "v1", "widgets", ""};

// Of one cluster and key; a status subresource and the built-in ignored fields, as for most writes.
[[nodiscard]] DescribeContext context();
[[nodiscard]] Described describe(const model::AdmissionRequest& request);
[[nodiscard]] std::string digest(const model::AdmissionRequest& request);
[[nodiscard]] std::string digest(const model::AdmissionRequest& request, const DescribeContext& context);

// The same value with the members of every object in another order.
[[nodiscard]] json::Value shuffled(const json::Value& value);
// All that comes out of describe, as one text to search.
[[nodiscard]] std::string everything_shown(const Described& described);

}  // namespace sallyport::action::testing
