#include "base/result.hpp"

namespace sallyport {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::internal:
      return "internal";
    case ErrorCode::bad_input:
      return "bad_input";
    case ErrorCode::forbidden:
      return "forbidden";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::already_exists:
      return "already_exists";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::too_old:
      return "too_old";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::unknown_outcome:
      return "unknown_outcome";
    case ErrorCode::cancelled:
      return "cancelled";
  }
  return "internal";
}

Error Error::while_doing(std::string_view what) const {
  return {code_, std::string(what) + ": " + message_};
}

}  // namespace sallyport
