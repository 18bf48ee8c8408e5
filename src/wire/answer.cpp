#include "wire/answer.hpp"

#include <algorithm>
#include <utility>

#include "action/escape.hpp"
#include "base/crypto.hpp"
#include "json/json.hpp"
#include "wire/names.hpp"

namespace sallyport::wire {
namespace {

std::string write_response(json::Value response) {
  json::Value review;
  review.set("kind", kReviewKind);
  review.set("apiVersion", kReviewVersion);
  review.set("response", std::move(response));
  return json::write(review);
}

json::Value allow(std::string_view uid, bool allowed) {
  json::Value response;
  response.set("uid", uid);
  response.set("allowed", allowed);
  return response;
}

// metav1.Status. The code is always written: without one the API server answers its client with 400.
json::Value status_of(const model::Answer& answer) {
  json::Value status;
  status.set("status", "Failure");
  status.set("message", refusal_message(answer));
  status.set("reason", to_string(answer.code));
  if (answer.status == 429) {
    json::Value details;
    details.set("retryAfterSeconds", std::max(answer.retry_after, 1));
    status.set("details", std::move(details));
  }
  status.set("code", answer.status);
  return status;
}

// On one line: the API server makes a Warning header of it, and drops one that holds a control character. A policy's
// message may have several.
std::string for_people(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return action::escape_for_people(text);
}

void add_warnings(json::Value& response, const std::vector<std::string>& warnings) {
  if (warnings.empty()) return;
  json::Value written;
  for (const std::string& warning : warnings) written.push(for_people(warning));
  response.set("warnings", std::move(written));
}

// A value with blanks or brackets in it would tear the tail apart, or be taken for the beginning of another one: the
// last "[code=" is where it begins.
std::string tail_value(const std::string& value) {
  const auto is_plain = [](char c) { return c > 0x20 && c < 0x7f && c != '[' && c != ']' && c != '"'; };
  if (!value.empty() && std::ranges::all_of(value, is_plain)) return value;
  std::string written;
  for (const char c : json::write(json::Value(value))) c == '[' ? written += R"(\u005b)" : written += c;
  return written;
}

// A UUID, as the API server's uids are, needs no escapes.
bool is_plain(std::string_view uid) {
  return std::ranges::all_of(uid, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

// What nearly every answer is, so it is made without a tree.
std::string write_plain_allow(std::string_view uid) {
  std::string text = R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":")";
  return text.append(uid).append(R"(","allowed":true}})");
}

}  // namespace

std::string refusal_message(const model::Answer& answer) {
  std::string message = answer.message;
  if (!message.empty()) message += ' ';
  message.append("[code=").append(to_string(answer.code));
  for (const auto& [key, value] : answer.tail) message.append(" ").append(key).append("=").append(tail_value(value));
  return for_people(message + "]");
}

std::string write_answer(std::string_view uid, const model::Answer& answer) {
  if (answer.allowed && answer.audit_annotations.empty() && answer.warnings.empty() && is_plain(uid))
    return write_plain_allow(uid);
  json::Value response = allow(uid, answer.allowed);
  if (!answer.allowed) response.set("status", status_of(answer));
  if (!answer.audit_annotations.empty()) {
    json::Value annotations;
    for (const auto& [key, value] : answer.audit_annotations) annotations.set(key, value);
    response.set("auditAnnotations", std::move(annotations));
  }
  add_warnings(response, answer.warnings);
  return write_response(std::move(response));
}

std::string write_mutation(std::string_view uid, const json::Value& operations,
                           const std::vector<std::string>& warnings) {
  json::Value response = allow(uid, true);
  if (!operations.items().empty()) {
    response.set("patchType", "JSONPatch");
    response.set("patch", base64(json::write(operations)));
  }
  add_warnings(response, warnings);
  return write_response(std::move(response));
}

}  // namespace sallyport::wire
