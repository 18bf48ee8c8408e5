#pragma once

#include <string>
#include <vector>

#include "cli/session.hpp"
#include "json/value.hpp"
#include "model/request.hpp"

namespace sallyport::cli {

// A request as the API server sent it, and what we make of it.
struct Found {
  json::Value object;
  model::ApprovalRequest request;
};

using Requests = std::vector<model::ApprovalRequest>;

// Reads an object; a failure names what this version cannot read.
[[nodiscard]] Outcome<Found> read_found(json::Value object);

// One request: of that name, or the only one that it means (request_names.hpp). A failure says where it is, or suggests
// names that are near.
[[nodiscard]] Task<Found> fetch_request(Session& session, model::RequestKey key);
// All in a namespace, or with an empty one in all of them. `selector`: of fields, `labels`: of labels; "" for none.
[[nodiscard]] Task<std::vector<json::Value>> fetch_requests(Session& session, std::string namespace_name,
                                                            std::string selector, std::string labels = "");
// Those of a plan, wherever they are; or, if we may not look everywhere, in the session's namespace. Perhaps none.
[[nodiscard]] Task<std::vector<json::Value>> fetch_plan(Session& session, std::string plan);

// Who the API server says we are.
[[nodiscard]] Task<model::User> fetch_self(Session& session);

// The merge patch that people send with `kubectl patch`: a verdict on exactly what was seen.
[[nodiscard]] json::Value decision_patch(const model::DecisionSlot& decision);
// Sends it; the request as it stands then.
[[nodiscard]] Task<Found> send_decision(Session& session, model::RequestKey key, model::DecisionSlot decision);

}  // namespace sallyport::cli
