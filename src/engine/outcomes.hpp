#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "engine/admission_call.hpp"
#include "engine/seal.hpp"
#include "model/request.hpp"
#include "policy/evaluate.hpp"

// The next status of a request, as pure functions of what it is and what happened. The sealed entry that proves the
// change carries where the log has its intent.
namespace sallyport::engine {

// The last use of an approval for the same action as a new request's.
struct EarlierUse {
  model::RequestKey key;
  std::string uid;
  Instant at{};
};
// For people: nothing of that use was seen.
[[nodiscard]] std::string to_words(const EarlierUse& use);

// The request that a new one's command has asked before, if it asks something else at each try.
struct EarlierTry {
  model::RequestKey key;
  std::string differs;     // in which fields
  std::size_t in_row = 0;  // how many there have been, this one not counted
};
// For people: what differs from what, and which try this is.
[[nodiscard]] std::string to_words(const EarlierTry& earlier);

// Right after creation: Pending, nothing approved.
[[nodiscard]] model::RequestStatus pending_status(const model::RequestSpec& spec, Instant now,
                                                  const std::optional<EarlierUse>& earlier,
                                                  const std::optional<EarlierTry>& tried = {});

struct Deciding {
  model::State verdict = model::State::denied;  // approved, denied, expired, withdrawn
  std::string reason;                           // one CamelCase word for the condition
  std::string message;                          // for people
  std::vector<std::string> reviewers;
  std::vector<model::Progress> progress;
};
[[nodiscard]] model::RequestStatus decided_status(const Sealer& sealer, const model::ApprovalRequest& request,
                                                  const Deciding& deciding, Instant now, const model::LogPosition& log);
[[nodiscard]] model::RequestStatus used_status(const Sealer& sealer, const model::ApprovalRequest& request,
                                               const AdmissionCall& call, Instant now, const model::LogPosition& log);
// An approval that ends before it is used up: `state` is revoked or expired.
[[nodiscard]] model::RequestStatus ended_status(const Sealer& sealer, const model::ApprovalRequest& request,
                                                model::State state, const std::string& by, const std::string& reason,
                                                Instant now, const model::LogPosition& log);

// What the copied policies allow together: the least of each.
[[nodiscard]] Duration valid_for(const std::vector<model::PolicyCopy>& policies);

}  // namespace sallyport::engine
