#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.hpp"
#include "model/admission.hpp"

// Pods, and the workloads that make them: the kinds by which code starts to run.
namespace sallyport::effects {

// Whatever the version.
[[nodiscard]] bool carries_pod(const model::Resource& resource);

// The pod's spec inside an object of such a kind; null where there is none.
[[nodiscard]] const json::Value& pod_spec_of(const model::Resource& resource, const json::Value& object);

// The service accounts that a pod spec names, by the field and by its old name; "default" where it names none.
[[nodiscard]] std::vector<std::string_view> accounts_of(const json::Value& pod_spec);

// The same of an object whose kind nobody says: where a pod spec stands in one.
[[nodiscard]] const json::Value& pod_spec_in(const json::Value& object);

// The names of the volumes that come to a Secret.
[[nodiscard]] std::set<std::string> secret_volumes(const json::Value& pod_spec);

// Each way in which the pod comes to a Secret, as a text that tells it from others: volumes, environment, pull secrets,
// and which container mounts them. Whatever is called a secret counts, so that a volume type of tomorrow is not missed.
[[nodiscard]] std::set<std::string> secret_uses(const json::Value& pod_spec);

}  // namespace sallyport::effects
