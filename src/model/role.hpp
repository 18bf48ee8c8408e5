#pragma once

#include <string>
#include <vector>

#include "model/admission.hpp"

namespace sallyport::model {

// A Role or ClusterRole (rbac.authorization.k8s.io), there already or about to be.
struct RoleName {
  std::string namespace_name;  // "": a ClusterRole
  std::string name;
  std::vector<SelectorFields::Label> labels;  // by which other ClusterRoles may gather its rules

  friend bool operator==(const RoleName&, const RoleName&) = default;
};

// A subject of a binding: who holds the role that it binds.
struct RoleHolder {
  std::string kind;            // "User", "Group", "ServiceAccount"
  std::string namespace_name;  // of a ServiceAccount
  std::string name;

  friend bool operator==(const RoleHolder&, const RoleHolder&) = default;
};

}  // namespace sallyport::model
