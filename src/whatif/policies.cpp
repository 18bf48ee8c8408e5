#include "whatif/policies.hpp"

#include "policy/validate.hpp"
#include "wire/names.hpp"
#include "wire/policy.hpp"

namespace sallyport::whatif {

bool is_policy(const json::Value& document) {
  const auto kind = document["kind"].text();
  return document["apiVersion"].text().starts_with("sallyport.dev/") &&
         (kind == wire::kPolicyKind || kind == wire::kClusterPolicyKind);
}

bool is_meant_as_policy(const json::Value& document) {
  const auto kind = document["kind"].text();
  return kind == wire::kPolicyKind || kind == wire::kClusterPolicyKind ||
         (document["apiVersion"].text().starts_with("sallyport.dev/") && kind != wire::kRequestKind);
}

Result<model::Policy> read_policy(const json::Value& document) {
  auto policy = wire::read_policy(document);
  if (policy) policy::add_faults(*policy);
  return policy;
}

}  // namespace sallyport::whatif
