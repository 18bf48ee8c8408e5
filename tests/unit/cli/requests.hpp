#pragma once

#include <string>

#include "model/request.hpp"

namespace sallyport::cli {

inline const Instant kNow = *parse_instant("2026-11-21T12:00:00Z");

inline model::PolicyCopy policy_named(std::string name, std::uint32_t count, std::string group) {
  model::PolicyCopy policy;
  policy.ref = {"ApprovalPolicy", "payments", std::move(name), "uid", 3};
  policy.approval.requirements = {{"owner", count, {{model::Approver::Kind::group, std::move(group)}}}};
  return policy;
}

inline model::Review review_by(std::string reviewer, model::Verdict verdict, std::string comment = "") {
  return {.reviewer = std::move(reviewer),
          .verdict = verdict,
          .comment = std::move(comment),
          .via = "kubectl",
          .time = kNow - std::chrono::minutes(2),
          .satisfies = {"promote/owner"},
          .seal = "sealed"};
}

// An image of a deployment, asked for three minutes ago, with an hour to decide.
inline model::ApprovalRequest pending_request(std::string name = "promote-7f3c9a1b2c") {
  model::ApprovalRequest request;
  request.key = {"payments", std::move(name)};
  request.uid = "uid-" + request.key.name;
  request.created = kNow - std::chrono::minutes(3);
  request.spec.requester.agent = "deployer";
  request.spec.requester.user.username = "system:serviceaccount:agents:deployer";
  request.spec.reason = "roll out the fix for #1234";
  request.spec.action.summary = "UPDATE deployments/api: image api:1 -> api:2";
  request.spec.action.digest = "sha256:" + std::string(64, 'a');
  request.spec.action.kubernetes()->operation = model::Operation::update;
  request.spec.action.kubernetes()->target = {{"apps", "v1", "deployments", ""}, "payments", "api", "uid"};
  request.spec.action.changes = {{"spec.template.spec.containers[0].image", "api:1", "api:2"}};
  request.spec.policies = {policy_named("promote", 2, "reviewers")};
  request.spec.expires_at = kNow + std::chrono::minutes(57);
  return request;
}

// The same, approved by alice and bob, for the next fifteen minutes.
inline model::ApprovalRequest approved_request() {
  auto request = pending_request();
  request.spec.reviews = {review_by("alice", model::Verdict::approve, "LGTM"),
                          review_by("bob", model::Verdict::approve)};
  request.status.state = model::State::approved;
  request.status.decision = model::Decision{.verdict = model::State::approved,
                                            .reason = "RequirementsMet",
                                            .decided_at = kNow - std::chrono::minutes(2),
                                            .valid_until = kNow + std::chrono::minutes(13),
                                            .reviewers = {"alice", "bob"},
                                            .log = {"replica-0-abc", 12, "0123"}};
  return request;
}

}  // namespace sallyport::cli
