#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "json/json.hpp"
#include "model/admission.hpp"
#include "model/identity.hpp"
#include "model/policy.hpp"
#include "policy/call.hpp"

// Short ways to write reviews and policies down in tests.
namespace sallyport::policy::test {

inline json::Value parsed(std::string_view text) {
  if (text.empty()) return {};
  auto value = json::parse(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value ? std::move(*value) : json::Value();
}

inline json::PathPattern path(std::string_view text) {
  auto pattern = json::PathPattern::parse(text);
  EXPECT_TRUE(pattern.has_value()) << text;
  return pattern ? std::move(*pattern) : json::PathPattern();
}

// "deployments.apps/scale" as a resource of version v1.
inline model::Resource resource(std::string_view text) {
  model::Resource read;
  read.version = "v1";
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    read.subresource = text.substr(slash + 1);
    text = text.substr(0, slash);
  }
  if (const auto dot = text.find('.'); dot != std::string_view::npos) {
    read.group = text.substr(dot + 1);
    text = text.substr(0, dot);
  }
  read.resource = text;
  return read;
}

inline model::AdmissionRequest request(model::Operation operation, std::string_view what, std::string_view before = "",
                                       std::string_view after = "", std::string ns = "prod") {
  model::AdmissionRequest request;
  request.operation = operation;
  request.resource = resource(what);
  request.namespace_name = std::move(ns);
  request.name = "x";
  request.user.username = "system:serviceaccount:agents:deployer";
  request.user.uid = "u-1";
  request.user.groups = {"system:serviceaccounts", "system:serviceaccounts:agents"};
  request.old_object = parsed(before);
  request.object = parsed(after);
  return request;
}
inline model::AdmissionRequest create(std::string_view what, std::string_view after = "{}", std::string ns = "prod") {
  return request(model::Operation::create, what, "", after, std::move(ns));
}
inline model::AdmissionRequest update(std::string_view what, std::string_view before, std::string_view after,
                                      std::string ns = "prod") {
  return request(model::Operation::update, what, before, after, std::move(ns));
}
inline model::AdmissionRequest remove(std::string_view what, std::string_view before = "{}", std::string ns = "prod") {
  return request(model::Operation::del, what, before, "", std::move(ns));
}
inline model::AdmissionRequest connect(std::string_view what, std::string ns = "prod") {
  return request(model::Operation::connect, what, "", "{}", std::move(ns));
}

inline model::Agent deployer() {
  model::Agent agent;
  agent.name = "deployer";
  agent.service_accounts = {"agents/deployer"};
  return agent;
}

inline NamespaceFacts prod(Labels labels = {}) {
  return {"prod", "ns-uid", std::move(labels), false};
}

inline model::ResourceRule rule(std::vector<std::string> operations, std::string group,
                                std::vector<std::string> resources, std::vector<std::string> versions = {"*"}) {
  return {{std::move(group)}, std::move(versions), std::move(operations), std::move(resources)};
}

inline model::Selector where(std::string key, std::string value) {
  return {{{std::move(key), model::LabelRequirement::Operator::in, {std::move(value)}}}};
}
inline model::Selector where(std::string key, model::LabelRequirement::Operator op,
                             std::vector<std::string> values = {}) {
  return {{{std::move(key), op, std::move(values)}}};
}

inline model::PolicyAction on(model::ResourceRule rule, model::Selector selector = {},
                              std::vector<std::string_view> fields = {}) {
  model::PolicyAction action;
  action.rules = {std::move(rule)};
  action.object_selector = std::move(selector);
  for (const auto field : fields) action.changed_fields.push_back(path(field));
  return action;
}
inline model::PolicyAction on(model::Preset preset, model::Selector selector = {}) {
  model::PolicyAction action;
  action.preset = preset;
  action.object_selector = std::move(selector);
  return action;
}

// One approval by alice, all else as a policy has it that says nothing.
inline model::Policy policy(std::string name, std::vector<model::PolicyAction> actions, std::string ns = "") {
  model::Policy policy;
  policy.ref = {ns.empty() ? "ClusterApprovalPolicy" : "ApprovalPolicy", ns, name, "uid-" + name, 1};
  policy.spec.actions = std::move(actions);
  policy.spec.approval.requirements = {{"owner", 1, {{model::Approver::Kind::user, "alice"}}}};
  return policy;
}

}  // namespace sallyport::policy::test
