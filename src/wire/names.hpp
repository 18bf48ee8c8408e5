#pragma once

#include <string_view>

// Names that stand in what the API server sends us and we send it.
namespace sallyport::wire {

inline constexpr std::string_view kReviewVersion = "admission.k8s.io/v1";
inline constexpr std::string_view kReviewKind = "AdmissionReview";

inline constexpr std::string_view kGroup = "sallyport.dev";
inline constexpr std::string_view kVersion = "v1alpha1";
inline constexpr std::string_view kApiVersion = "sallyport.dev/v1alpha1";
inline constexpr std::string_view kRequestKind = "ApprovalRequest";
inline constexpr std::string_view kPolicyKind = "ApprovalPolicy";
inline constexpr std::string_view kClusterPolicyKind = "ClusterApprovalPolicy";

inline constexpr std::string_view kLabelAgent = "sallyport.dev/agent";
inline constexpr std::string_view kLabelDigest = "sallyport.dev/digest";
inline constexpr std::string_view kLabelPlan = "sallyport.dev/plan";

// Keys of userInfo.extra that tie a service account's call to a pod, a node and a token.
inline constexpr std::string_view kExtraPod = "authentication.kubernetes.io/pod-name";
inline constexpr std::string_view kExtraNode = "authentication.kubernetes.io/node-name";
inline constexpr std::string_view kExtraCredential = "authentication.kubernetes.io/credential-id";

}  // namespace sallyport::wire
