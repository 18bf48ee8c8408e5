#pragma once

#include "base/result.hpp"
#include "json/value.hpp"
#include "model/request.hpp"

// ApprovalRequest objects (sallyport.dev/v1alpha1), as the API server sends and takes them. Reading is strict where a
// slip could allow something: words this version does not know, types, numbers and times. What is written reads back as
// equal.
namespace sallyport::wire {

[[nodiscard]] Result<model::ApprovalRequest> read_request(const json::Value& object);

// For the create: no status, which the API server would drop.
[[nodiscard]] json::Value write_request(const model::RequestKey& key, const model::RequestSpec& spec);

// For the PUT of /status: `base` as it was read, with its uid and resourceVersion, so that it lands on that object and
// that version or not at all.
[[nodiscard]] json::Value write_status(const model::ApprovalRequest& base, const model::RequestStatus& status);

// The content of spec.decision.
[[nodiscard]] Result<model::DecisionSlot> read_slot(const json::Value& slot);

// An entry of spec.reviews.
[[nodiscard]] json::Value write_review(const model::Review& review);

}  // namespace sallyport::wire
