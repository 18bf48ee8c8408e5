#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace sallyport {

// What kind of failure it was. The code decides what is done about it (and is the metric's label); the text is for
// people. `unknown_outcome` is the one that must never be treated as a failure: the write may have happened.
enum class ErrorCode {
  internal,
  bad_input,
  forbidden,
  not_found,
  already_exists,
  conflict,
  too_old,  // HTTP 410: the resourceVersion asked for is gone
  unavailable,
  unknown_outcome,
  cancelled,
};

[[nodiscard]] std::string_view to_string(ErrorCode code);

// Something could not be done. A denial, an expiry or a refusal is not an Error: those are values.
class Error {
 public:
  Error() = default;
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  [[nodiscard]] ErrorCode code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }

  // The same error with what was being done put before it: "reading policies: connection refused".
  [[nodiscard]] Error while_doing(std::string_view what) const;

 private:
  ErrorCode code_ = ErrorCode::internal;
  std::string message_ = "no result";
};

template <typename T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected<Error>(std::in_place, code, std::move(message));
}
[[nodiscard]] inline std::unexpected<Error> fail(Error error) {
  return std::unexpected<Error>(std::move(error));
}

}  // namespace sallyport
