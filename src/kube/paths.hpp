#pragma once

#include <string>
#include <string_view>

namespace sallyport::kube {

// A kind of objects as it stands in URLs.
struct Collection {
  std::string_view group;  // "" for core
  std::string_view version;
  std::string_view plural;
};

inline constexpr Collection kNamespaces{"", "v1", "namespaces"};
inline constexpr Collection kPods{"", "v1", "pods"};
inline constexpr Collection kSecrets{"", "v1", "secrets"};
inline constexpr Collection kClaims{"", "v1", "persistentvolumeclaims"};
inline constexpr Collection kVolumes{"", "v1", "persistentvolumes"};
inline constexpr Collection kLeases{"coordination.k8s.io", "v1", "leases"};
inline constexpr Collection kEvents{"events.k8s.io", "v1", "events"};
inline constexpr Collection kApprovalRequests{"sallyport.dev", "v1alpha1", "approvalrequests"};
inline constexpr Collection kApprovalPolicies{"sallyport.dev", "v1alpha1", "approvalpolicies"};
inline constexpr Collection kClusterApprovalPolicies{"sallyport.dev", "v1alpha1", "clusterapprovalpolicies"};
inline constexpr Collection kValidatingWebhooks{"admissionregistration.k8s.io", "v1",
                                                "validatingwebhookconfigurations"};
inline constexpr Collection kMutatingWebhooks{"admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations"};
inline constexpr Collection kAdmissionPolicies{"admissionregistration.k8s.io", "v1", "validatingadmissionpolicies"};
inline constexpr Collection kAdmissionPolicyBindings{"admissionregistration.k8s.io", "v1",
                                                     "validatingadmissionpolicybindings"};
inline constexpr Collection kClusterRoles{"rbac.authorization.k8s.io", "v1", "clusterroles"};
inline constexpr Collection kRoleBindings{"rbac.authorization.k8s.io", "v1", "rolebindings"};
inline constexpr Collection kClusterRoleBindings{"rbac.authorization.k8s.io", "v1", "clusterrolebindings"};
inline constexpr Collection kSubjectAccessReviews{"authorization.k8s.io", "v1", "subjectaccessreviews"};

// Pure; any thread.

// The collection, in one namespace or (empty) in all of them.
[[nodiscard]] std::string path_of(const Collection& collection, std::string_view namespace_name = {});
// One object of it; `subresource` as in "status".
[[nodiscard]] std::string path_of(const Collection& collection, std::string_view namespace_name, std::string_view name,
                                  std::string_view subresource = {});

// Percent-encoded, so that whatever a name holds stays one segment of a path or one value of a query.
[[nodiscard]] std::string escape(std::string_view text);

}  // namespace sallyport::kube
