#include "model/answer.hpp"

namespace sallyport::model {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::allowed:
      return "Allowed";
    case Code::approval_required:
      return "ApprovalRequired";
    case Code::approval_pending:
      return "ApprovalPending";
    case Code::would_ask:
      return "WouldAsk";
    case Code::approval_denied:
      return "ApprovalDenied";
    case Code::approval_expired:
      return "ApprovalExpired";
    case Code::approval_revoked:
      return "ApprovalRevoked";
    case Code::approval_withdrawn:
      return "ApprovalWithdrawn";
    case Code::request_deleted:
      return "RequestDeleted";
    case Code::too_many_requests:
      return "TooManyRequests";
    case Code::differs_each_try:
      return "DiffersEachTry";
    case Code::limit_reached:
      return "LimitReached";
    case Code::grant_lost:
      return "GrantLost";
    case Code::busy:
      return "Busy";
    case Code::guarded:
      return "Guarded";
    case Code::not_ready:
      return "NotReady";
    case Code::policy_broken:
      return "PolicyBroken";
    case Code::delete_by_name:
      return "DeleteByName";
    case Code::not_found:
      return "NotFound";
    case Code::unknown_agent:
      return "UnknownAgent";
    case Code::namespace_terminating:
      return "NamespaceTerminating";
    case Code::bad_review:
      return "BadReview";
    case Code::log_unavailable:
      return "LogUnavailable";
    case Code::cluster_unavailable:
      return "ClusterUnavailable";
    case Code::shutting_down:
      return "ShuttingDown";
  }
  return "Unknown";
}

}  // namespace sallyport::model
