#include "engine/records.hpp"

#include "json/json.hpp"
#include "policy/facts.hpp"

namespace sallyport::engine::records {
namespace {

using model::ApprovalRequest;
using model::LogRecord;

// A line of the log has at most a mebibyte.
constexpr std::size_t kLongestFields = (1u << 20) - (4u << 10);

LogRecord about(std::string_view event, const ApprovalRequest& request) {
  LogRecord record{std::string(event)};
  record.fields.set("request", to_string(request.key))
      .set("request_uid", request.uid)
      .set("resource_version", request.resource_version)
      .set("digest", request.spec.action.digest);
  return record;
}

// Of one that is there no more.
LogRecord about(std::string_view event, const RequestStore::Entry& entry) {
  LogRecord record{std::string(event)};
  record.fields.set("request", to_string(entry.key)).set("request_uid", entry.uid).set("digest", entry.digest);
  return record;
}

json::Value texts(const std::vector<std::string>& list) {
  auto array = json::Value::array();
  for (const auto& text : list) array.push(text);
  return array;
}

json::Value seals(const std::vector<model::Review>& reviews) {
  auto array = json::Value::array();
  for (const auto& review : reviews) array.push(review.seal);
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
      .set("validFor", format_duration(policy.approval.valid_for))
      .set("pendingTimeout", format_duration(policy.approval.pending_timeout));
}

void add_action(json::Value& fields, const model::Requester& requester, const model::ActionRecord& action) {
  const auto& kubernetes = *action.kubernetes();
  fields.set("agent", requester.agent)
      .set("username", requester.user.username)
      .set("operation", to_string(kubernetes.operation))
      .set("resource", to_string(kubernetes.target.resource))
      .set("namespace", kubernetes.target.namespace_name)
      .set("name", kubernetes.target.name)
      .set("summary", action.summary);
}

LogRecord reviewed(std::string_view event, const ApprovalRequest& request, const model::Review& review,
                   const std::vector<model::Review>& before) {
  auto record = about(event, request);
  record.fields.set("reviewer", review.reviewer)
      .set("reviewer_uid", review.uid)
      .set("verdict", to_string(review.verdict))
      .set("comment", review.comment)
      .set("via", review.via)
      .set("satisfies", texts(review.satisfies))
      .set("seal", review.seal)
      .set("reviewed_at", format_instant(review.time))
      .set("accept_truncated", review.accept_truncated)
      .set("reviews", seals(before));
  return record;
}

// What people are shown of the action: once the request is gone, the log alone tells what was approved.
json::Value shown(const std::vector<model::ShownChange>& changes) {
  auto list = json::Value::array();
  for (const auto& change : changes) {
    auto written = json::Value::object().set("path", change.path);
    if (change.from) written.set("from", *change.from);
    if (change.to) written.set("to", *change.to);
    if (change.ignored) written.set("ignored", true);
    if (change.redacted) written.set("redacted", true);
    list.push(std::move(written));
  }
  return list;
}

json::Value connection(const model::Connect& connect) {
  return json::Value::object()
      .set("container", connect.container)
      .set("command", texts(connect.command))
      .set("stdin", connect.stdin_attached)
      .set("tty", connect.tty);
}

void add_shown(json::Value& fields, const model::RequestSpec& spec) {
  if (!spec.reason.empty()) fields.set("agent_says", spec.reason);
  const auto& kubernetes = *spec.action.kubernetes();
  if (kubernetes.connect) fields.set("connect", connection(*kubernetes.connect));
  if (!kubernetes.options.empty()) fields.set("options", kubernetes.options);
  if (spec.action.changes.empty()) return;
  fields.set("changes", shown(spec.action.changes));
  // Policies may be so many and so long that a line has no room for both. That there was a request matters more.
  if (json::write(fields).size() <= kLongestFields) return;
  fields.set("changes_bytes", std::uint64_t{json::write(fields["changes"]).size()});
  fields.erase("changes");
}

}  // namespace

void add_caller(json::Value& fields, bool is_proven) {
  fields.set("caller", is_proven ? "certificate" : "path");
}

LogRecord request_opened(const ApprovalRequest& request, const Ask& ask, const AdmissionCall& call,
                         const std::optional<EarlierUse>& earlier, const std::optional<EarlierTry>& tried) {
  auto record = about("request_opened", request);
  add_action(record.fields, request.spec.requester, request.spec.action);
  auto policies = json::Value::array();
  for (const auto& policy : request.spec.policies) policies.push(describe(policy));
  record.fields.set("policies", std::move(policies))
      .set("expires_at", format_instant(request.spec.expires_at))
      .set("user_uid", request.spec.requester.user.uid)
      .set("truncated", request.spec.action.truncated)
      .set("effects", texts(ask.action.kubernetes()->effects))
      .set("facts", ask.facts);
  if (const auto& guarded = ask.action.kubernetes()->guarded; !guarded.empty()) {
    record.fields.set("guarded", texts(guarded));
  }
  if (earlier) {
    record.fields.set("asked_before", json::Value::object()
                                          .set("request", to_string(earlier->key))
                                          .set("request_uid", earlier->uid)
                                          .set("used_at", format_instant(earlier->at)));
  }
  if (tried) {
    record.fields.set("asked_anew", json::Value::object()
                                        .set("request", to_string(tried->key))
                                        .set("differs", tried->differs)
                                        .set("in_row", std::uint64_t{tried->in_row}));
  }
  if (!request.spec.plan.empty()) record.fields.set("plan", request.spec.plan);
  add_caller(record.fields, call.caller_proven);
  add_shown(record.fields, request.spec);
  return record;
}

LogRecord request_deleted(const RequestStore::Entry& entry, Instant cooldown_until) {
  auto record = about("request_deleted", entry);
  record.fields.set("state", to_string(entry.state));
  if (cooldown_until != Instant{}) record.fields.set("cooldown_until", format_instant(cooldown_until));
  return record;
}

LogRecord request_removed(const RequestStore::Entry& entry, std::string_view why) {
  auto record = about("request_removed", entry);
  const auto end = end_of(entry, why);
  for (const auto& [key, value] : end.members()) record.fields.set(key, value);
  return record;
}

json::Value end_of(const RequestStore::Entry& entry, std::string_view why) {
  return json::Value::object()
      .set("state", to_string(entry.state))
      .set("ended_at", format_instant(entry.ended_at))
      .set("why", why);
}

LogRecord review(std::string_view event, const ApprovalRequest& request, const model::Review& review,
                 const std::vector<std::string>& groups, const std::vector<model::Review>& before) {
  auto record = reviewed(event, request, review, before);
  policy::add_groups(record.fields, groups);
  return record;
}

LogRecord review_seen(const ApprovalRequest& request, const std::vector<model::Review>& reviews, std::size_t which) {
  const std::vector<model::Review> before(reviews.begin(), reviews.begin() + static_cast<std::ptrdiff_t>(which));
  auto record = reviewed("review_accepted", request, reviews[which], before);
  record.fields.set("seen", request.resource_version);
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

LogRecord unknown_form(const ApprovalRequest& request, std::string_view what) {
  auto record = about("unknown_form", request);
  record.fields.set("what", what);
  return record;
}

LogRecord forged_decision(const ApprovalRequest& request, std::string_view why) {
  auto record = about("forged_decision", request);
  const auto& decision = *request.status.decision;
  record.fields.set("claims", to_string(decision.verdict))
      .set("claims_reviewers", texts(decision.reviewers))
      .set("why", why);
  return record;
}

LogRecord intent(std::string_view id, std::string_view kind, const ApprovalRequest& base, json::Value more) {
  auto record = about("intent", base);
  record.fields.set("intent", id).set("kind", kind);
  for (const auto& [key, value] : more.members()) record.fields.set(key, value);
  return record;
}

void add_grounds(json::Value& fields, const ApprovalRequest& base, const Sealed& sealed, Instant now) {
  fields.set("as_of", format_instant(now)).set("reviews", seals(sealed.reviews));
  if (!base.status.decision) return;
  const auto& log = base.status.decision->log;
  fields.set("decision", json::Value::object().set("stream", log.stream).set("seq", log.seq));
}

LogRecord outcome(std::string_view id, std::string_view result, const ApprovalRequest& request) {
  auto record = about("outcome", request);
  record.fields.set("intent", id).set("result", result);
  if (!request.status.uses.empty()) record.fields.set("uses", std::uint64_t{request.status.uses.size()});
  return record;
}

LogRecord answered(const Ask& ask, const AdmissionCall& call, const model::Answer& answer,
                   std::string_view request_name) {
  LogRecord record{"answered"};
  record.fields.set("request", request_name).set("digest", ask.action.digest);
  add_action(record.fields, ask.requester, ask.action);
  record.fields.set("admission_uid", call.uid)
      .set("dry_run", call.dry_run)
      .set("allowed", answer.allowed)
      .set("code", to_string(answer.code))
      .set("status", answer.allowed ? 200 : answer.status)
      .set("count", 1);
  add_caller(record.fields, call.caller_proven);
  return record;
}

LogRecord reentered(const Ask& ask, const AdmissionCall& call, const ApprovalRequest& request) {
  auto record = about("reentered", request);
  add_action(record.fields, ask.requester, ask.action);
  record.fields.set("admission_uid", call.uid).set("allowed", true);
  add_caller(record.fields, call.caller_proven);
  return record;
}

}  // namespace sallyport::engine::records
