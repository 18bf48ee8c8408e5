#pragma once

#include <string>
#include <vector>

#include "json/value.hpp"
#include "kube/protection.hpp"
#include "model/identity.hpp"

// Where RBAC may give agents a right that leads around the gate. What counts is what the API server says; this finds
// the namespaces and names that are worth a question, and the binding to take away.
namespace sallyport::doctor {

// Lists of rbac.authorization.k8s.io/v1 objects.
struct RbacObjects {
  json::Value roles, cluster_roles, role_bindings, cluster_role_bindings;
};

// One question, and the binding that would be the reason for a yes.
struct Suspicion {
  kube::AccessQuestion question;
  std::string binding;  // "clusterrolebinding NAME", or "rolebinding NAME -n NAMESPACE"
};

// Pure. Of an agent whose listed namespace has accounts with bindings of their own, these accounts, too.
[[nodiscard]] std::vector<Suspicion> suspicions(const model::Agent& agent, const RbacObjects& objects,
                                                const std::vector<const kube::Right*>& rights);

}  // namespace sallyport::doctor
