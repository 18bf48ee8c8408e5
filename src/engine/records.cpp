#include "engine/records.hpp"

namespace sallyport::engine::records {
namespace {

using model::ApprovalRequest;
using model::LogRecord;

LogRecord about(std::string_view event, const ApprovalRequest& request) {
  LogRecord record{std::string(event)};
  record.fields.set("request", to_string(request.key))
      .set("request_uid", request.uid)
      .set("resource_version", request.resource_version)
      .set("digest", request.spec.action.digest);
  return record;
}

json::Value texts(const std::vector<std::string>& list) {
  auto array = json::Value::array();
  for (const auto& text : list) array.push(text);
  return array;
}

json::Value describe(const model::PolicyCopy& policy) {
  auto requirements = json::Value::array();
  for (const auto& requirement : policy.approval.requirements) {
    auto approvers = json::Value::array();
    for (const auto& approver : requirement.approvers) {
      const bool user = approver.kind == model::Approver::Kind::user;
      approvers.push(json::Value::object().set("kind", user ? "User" : "Group").set("name", approver.name));
    }
    requirements.push(json::Value::object()
                          .set("name", requirement.name)
                          .set("count", std::int64_t{requirement.count})
                          .set("approvers", std::move(approvers)));
  }
  return json::Value::object()
      .set("kind", policy.ref.kind)
      .set("namespace", policy.ref.namespace_name)
      .set("name", policy.ref.name)
      .set("uid", policy.ref.uid)
      .set("generation", policy.ref.generation)
      .set("requirements", std::move(requirements))
      .set("uses", std::int64_t{policy.approval.uses})
      .set("validFor", format_duration(policy.approval.valid_for));
}

void add_action(json::Value& fields, const model::Requester& requester, const model::ActionRecord& action) {
  fields.set("agent", requester.agent)
      .set("username", requester.user.username)
      .set("operation", to_string(action.operation))
      .set("resource", to_string(action.target.resource))
      .set("namespace", action.target.namespace_name)
      .set("name", action.target.name)
      .set("summary", action.summary);
}

}  // namespace

LogRecord request_opened(const ApprovalRequest& request) {
  auto record = about("request_opened", request);
  add_action(record.fields, request.spec.requester, request.spec.action);
  auto policies = json::Value::array();
  for (const auto& policy : request.spec.policies) policies.push(describe(policy));
  record.fields.set("policies", std::move(policies)).set("expires_at", format_instant(request.spec.expires_at));
  return record;
}

LogRecord request_deleted(const model::RequestKey& key, std::string_view uid, std::string_view digest,
                          model::State state) {
  LogRecord record{"request_deleted"};
  record.fields.set("request", to_string(key))
      .set("request_uid", uid)
      .set("digest", digest)
      .set("state", to_string(state));
  return record;
}

LogRecord review_accepted(const ApprovalRequest& request, const model::Review& review) {
  auto record = about("review_accepted", request);
  record.fields.set("reviewer", review.reviewer)
      .set("reviewer_uid", review.uid)
      .set("verdict", to_string(review.verdict))
      .set("comment", review.comment)
      .set("via", review.via)
      .set("satisfies", texts(review.satisfies))
      .set("seal", review.seal);
  return record;
}

LogRecord review_refused(const ApprovalRequest& request, const model::User& reviewer, model::Verdict verdict,
                         std::string_view why) {
  auto record = about("review_refused", request);
  record.fields.set("reviewer", reviewer.username).set("verdict", to_string(verdict)).set("why", why);
  return record;
}

LogRecord observed(const ApprovalRequest& request) {
  auto record = about("observed", request);
  record.fields.set("state", to_string(request.status.state)).set("uses", std::uint64_t{request.status.uses.size()});
  return record;
}

LogRecord store_restored(std::string_view why, std::uint64_t resource_version, std::int64_t revoked) {
  LogRecord record{"store_restored"};
  record.fields.set("why", why).set("resource_version", std::to_string(resource_version)).set("revoked", revoked);
  return record;
}

LogRecord forged(const ApprovalRequest& request, std::string_view what) {
  auto record = about("forged", request);
  record.fields.set("what", what);
  return record;
}

LogRecord intent(std::string_view id, std::string_view kind, const ApprovalRequest& base, json::Value more) {
  auto record = about("intent", base);
  record.fields.set("intent", id).set("kind", kind);
  for (const auto& [key, value] : more.members()) record.fields.set(key, value);
  return record;
}

LogRecord outcome(std::string_view id, std::string_view result, const ApprovalRequest& request) {
  auto record = about("outcome", request);
  record.fields.set("intent", id).set("result", result);
  if (!request.status.uses.empty()) record.fields.set("uses", std::uint64_t{request.status.uses.size()});
  return record;
}

LogRecord answered(const GatedAction& action, const model::Answer& answer, std::string_view request_name,
                   std::uint64_t count) {
  LogRecord record{"answered"};
  record.fields.set("request", request_name).set("digest", action.action.digest);
  add_action(record.fields, action.requester, action.action);
  record.fields.set("admission_uid", action.admission_uid)
      .set("dry_run", action.dry_run)
      .set("allowed", answer.allowed)
      .set("code", to_string(answer.code))
      .set("status", answer.allowed ? 200 : answer.status)
      .set("count", count);
  return record;
}

LogRecord reentered(const GatedAction& action, const ApprovalRequest& request) {
  auto record = about("reentered", request);
  add_action(record.fields, action.requester, action.action);
  record.fields.set("admission_uid", action.admission_uid).set("allowed", true);
  return record;
}

}  // namespace sallyport::engine::records
