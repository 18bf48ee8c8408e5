#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sallyport::model {

// Who the API server says is calling: AdmissionReview's userInfo (authentication.k8s.io/v1 UserInfo). Of `extra` only
// what ties the call to a pod, a node and a token; all of it proven by the API server, nothing from the body.
struct User {
  std::string username;
  std::string uid;
  std::vector<std::string> groups;
  std::string pod;
  std::string node;
  std::string credential_id;
};

// One agent of the chart's `agents` values: all its identities together are one agent, so that none of them can review
// what another asked for.
struct Agent {
  std::string name;
  std::vector<std::string> users;
  std::vector<std::string> groups;
  std::vector<std::string> service_accounts;  // "namespace/name"
  std::vector<std::string> namespaces;        // every service account in them
  bool retries_429 = true;  // false: its client does not send a write again that was answered with 429
};

// The agent this user is, by equality with its listed identities; nullptr if none.
[[nodiscard]] const Agent* find_agent(const std::vector<Agent>& agents, const User& user);

// "system:serviceaccount:<namespace>:<name>" taken apart; empty parts if it is not one.
struct ServiceAccountName {
  std::string_view namespace_name;
  std::string_view name;
};
[[nodiscard]] ServiceAccountName service_account(std::string_view username);

}  // namespace sallyport::model
