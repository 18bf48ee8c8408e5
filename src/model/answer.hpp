#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::model {

// The stable codes that stand in a refusal's tail, [code=...]: programs read them, so none is ever renamed.
enum class Code {
  allowed,
  approval_required,  // a request waits for people; send the same call again once it is approved
  approval_pending,   // 429: still waiting, send again
  would_ask,          // a dry run was let through; people would have to approve the real call
  approval_denied,
  approval_expired,
  approval_revoked,
  approval_withdrawn,
  request_deleted,
  too_many_requests,  // limits of open requests
  differs_each_try,   // the same command has asked something else too often in a row
  limit_reached,      // limits of what is kept, in requests and in the log
  grant_lost,         // a use whose outcome is unknown or lost: it is spent
  busy,               // 429: another call of the same action is being decided
  guarded,            // the built-in guard
  not_ready,          // caches, clock, admission policy: unknown means refused
  policy_broken,
  delete_by_name,  // deletecollection under a policy
  not_found,       // 404: what the call acts on is not there
  unknown_agent,   // the API server says agent, this replica's configuration does not
  namespace_terminating,
  bad_review,
  log_unavailable,
  cluster_unavailable,
  shutting_down,  // 429: another replica will answer
};
inline constexpr std::size_t kCodes = static_cast<std::size_t>(Code::shutting_down) + 1;
[[nodiscard]] std::string_view to_string(Code code);  // "ApprovalRequired"

// What an agent's call is answered with. The zero refuses.
struct Answer {
  bool allowed = false;
  Code code = Code::not_ready;
  int status = 403;     // HTTP code of a refusal: 403, 404 with not_found, or 429 with retry_after
  int retry_after = 0;  // seconds; only with 429
  std::string message;  // one plain sentence; wire/ puts the tail behind it
  // The machine-readable tail, in this order: [code=ApprovalRequired request=ns/name policy=... expires=... retry=...].
  std::vector<std::pair<std::string, std::string>> tail;
  std::vector<std::string> warnings;
  std::vector<std::pair<std::string, std::string>> audit_annotations;
};

}  // namespace sallyport::model
