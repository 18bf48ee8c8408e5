#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.hpp"
#include "model/admission.hpp"

// Pods, and the workloads that make them: the kinds by which code starts to run.
namespace sallyport::effects {

// Whatever the version. A ControllerRevision carries one in what it keeps of a workload.
[[nodiscard]] bool carries_pod(const model::Resource& resource);

// Does it stand where a pass over the text looks for it (model::SelectorFields)?
[[nodiscard]] bool shows_pod_at_a_glance(const model::Resource& resource);

// The pod inside an object of such a kind, with its metadata and spec; null where there is none.
[[nodiscard]] const json::Value& pod_of(const model::Resource& resource, const json::Value& object);
// Its spec.
[[nodiscard]] const json::Value& pod_spec_of(const model::Resource& resource, const json::Value& object);

// A ControllerRevision holds a text of JSON, which its controller may read by encoding/json: a key on the way to the
// pod, or to its account, that is taken there for one that it is not ("Spec"); "" if there is none.
[[nodiscard]] std::string respelled_key(const model::Resource& resource, const json::Value& object);

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
