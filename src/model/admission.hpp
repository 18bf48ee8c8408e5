#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.hpp"
#include "model/identity.hpp"

namespace sallyport::model {

enum class Operation { create, update, del, connect };

[[nodiscard]] std::string_view to_string(Operation operation);  // "CREATE", "UPDATE", "DELETE", "CONNECT"
[[nodiscard]] std::optional<Operation> parse_operation(std::string_view text);

struct Resource {
  std::string group;
  std::string version;
  std::string resource;
  std::string subresource;

  friend bool operator==(const Resource&, const Resource&) = default;
};
// "deployments.apps/scale", "pods/exec", "secrets": as people write it.
[[nodiscard]] std::string to_string(const Resource& resource);
// Of what to_string writes, which has no version.
[[nodiscard]] Resource parse_resource(std::string_view text);

// What stands in an AdmissionReview before `object` (admission.k8s.io/v1, in the API server's order): enough to prove
// that nobody cares about the action. Of a Namespace object the API server sends its own name as `namespace_name`.
struct Envelope {
  std::string uid;
  std::string kind;
  Resource resource;
  std::string namespace_name;  // "" for cluster-scoped targets
  std::string name;            // "" for generateName on old servers, and for each object of a deletecollection
  Operation operation = Operation::create;
  User user;
};

// The whole review. `object` is null for DELETE, `old_object` for CREATE and CONNECT.
struct AdmissionRequest : Envelope {
  json::Value object;
  json::Value old_object;
  json::Value options;
  bool dry_run = false;
};

// The few paths that decide for a kind which the guard looks at, or which a policy selects by label, whether the review
// must be parsed whole: taken in one pass over the bytes, without a tree.
struct SelectorFields {
  struct Label {
    std::string key;
    std::string value;

    friend bool operator==(const Label&, const Label&) = default;
  };
  std::vector<Label> labels;
  std::vector<Label> old_labels;
  // spec[.template|.jobTemplate.spec.template].spec.serviceAccountName (and its old name, serviceAccount) of `object`.
  std::vector<std::string> service_accounts;
  // There, or in the metadata beside it, stands something that the Pod Security baseline may not allow, or that the
  // pass does not know. Says nothing where an object holds a pod's spec elsewhere, or none.
  bool beyond_baseline = false;
};

// What a review of pods/exec and its like was read to act on: bound into the digest, since a pod's name says little.
struct PodFacts {
  std::string uid;
  std::vector<std::string> image_ids;
  std::string service_account = {};  // whom it runs as; no part of the digest: a pod keeps it as long as it lives
};

}  // namespace sallyport::model
