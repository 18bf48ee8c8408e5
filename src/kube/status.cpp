#include "kube/status.hpp"

#include <string>

#include "json/json.hpp"
#include "wire/text.hpp"

namespace sallyport::kube {
namespace {

constexpr std::size_t kLongestMessage = 1000;

ErrorCode code_of(int http_status, std::string_view reason, Effect effect) {
  switch (http_status) {
    case 401:
    case 403:
      return ErrorCode::forbidden;
    case 404:
      return ErrorCode::not_found;
    case 409:
      return reason == "AlreadyExists" ? ErrorCode::already_exists : ErrorCode::conflict;
    case 410:
      return ErrorCode::too_old;
    case 429:
      return ErrorCode::unavailable;
    default:
      break;
  }
  if (http_status >= 400 && http_status < 500) return ErrorCode::bad_input;
  return effect == Effect::write ? ErrorCode::unknown_outcome : ErrorCode::unavailable;
}

Error make_error(int http_status, const json::Value& status, Effect effect) {
  std::string message = "HTTP " + std::to_string(http_status);
  if (const auto text = status["message"].text(); !text.empty()) message += ": " + wire::clip(text, kLongestMessage);
  return {code_of(http_status, status["reason"].text(), effect), std::move(message)};
}

}  // namespace

Error error_of(int http_status, std::string_view body, Effect effect) {
  const auto status = json::parse(body, {.bytes = 64u << 10, .depth = 16, .values = 1000});
  return make_error(http_status, status.value_or(json::Value()), effect);
}

Error error_of(const json::Value& status) {
  return make_error(static_cast<int>(status["code"].integer().value_or(500)), status, Effect::none);
}

}  // namespace sallyport::kube
