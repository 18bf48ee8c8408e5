#include <algorithm>
#include <string_view>
#include <utility>

#include "wire/approval.hpp"
#include "wire/names.hpp"
#include "wire/request.hpp"

namespace sallyport::wire {
namespace {

// What is empty or false is left out, as the API server's own kinds have it.
void put(json::Value& into, std::string_view key, const std::string& text) {
  if (!text.empty()) into.set(key, text);
}
void put(json::Value& into, std::string_view key, const std::optional<std::string>& text) {
  if (text) into.set(key, *text);
}
void put(json::Value& into, std::string_view key, bool flag) {
  if (flag) into.set(key, true);
}
void put(json::Value& into, std::string_view key, Instant instant) {
  if (instant != Instant{}) into.set(key, format_instant(instant));
}
void put(json::Value& into, std::string_view key, const std::vector<std::string>& texts) {
  if (!texts.empty()) into.set(key, json::Value::Array(texts.begin(), texts.end()));
}
template <typename Element, typename Write>
void put(json::Value& into, std::string_view key, const std::vector<Element>& elements, Write write) {
  if (elements.empty()) return;
  json::Value list = json::Value::array();
  for (const Element& element : elements) list.push(write(element));
  into.set(key, std::move(list));
}

json::Value write_requester(const model::Requester& requester) {
  json::Value written;
  written.set("username", requester.user.username);
  put(written, "uid", requester.user.uid);
  put(written, "groups", requester.user.groups);
  written.set("agent", requester.agent);
  put(written, "pod", requester.user.pod);
  put(written, "node", requester.user.node);
  put(written, "credentialID", requester.user.credential_id);
  return written;
}

json::Value write_target(const model::Target& target) {
  json::Value written;
  put(written, "group", target.resource.group);
  written.set("version", target.resource.version);
  written.set("resource", target.resource.resource);
  put(written, "subresource", target.resource.subresource);
  put(written, "namespace", target.namespace_name);
  put(written, "name", target.name);
  put(written, "uid", target.uid);
  return written;
}

json::Value write_connect(const model::Connect& connect) {
  json::Value written = json::Value::object();
  put(written, "container", connect.container);
  put(written, "command", connect.command);
  put(written, "stdin", connect.stdin_attached);
  put(written, "tty", connect.tty);
  put(written, "podUID", connect.pod.uid);
  put(written, "imageIDs", connect.pod.image_ids);
  return written;
}

json::Value write_change(const model::ShownChange& change) {
  json::Value written;
  written.set("path", change.path);
  put(written, "from", change.from);
  put(written, "to", change.to);
  put(written, "ignored", change.ignored);
  put(written, "redacted", change.redacted);
  return written;
}

json::Value write_of_type(const model::ActionRecord& action, const model::Kubernetes& kubernetes) {
  json::Value part;
  part.set("operation", to_string(kubernetes.operation));
  part.set("target", write_target(kubernetes.target));
  if (kubernetes.connect) part.set("connect", write_connect(*kubernetes.connect));
  put(part, "options", kubernetes.options);
  put(part, "effects", kubernetes.effects);
  put(part, "guarded", kubernetes.guarded);
  put(part, "changes", action.changes, write_change);
  put(part, "truncated", action.truncated);
  json::Value written;
  written.set("type", model::Kubernetes::kType);
  written.set("summary", action.summary);
  written.set("digest", action.digest);
  written.set("kubernetes", std::move(part));
  return written;
}

json::Value write_of_type(const model::ActionRecord&, const model::UnknownAction& unknown) {
  return unknown.whole;
}

json::Value write_action(const model::ActionRecord& action) {
  return std::visit([&](const auto& of_type) { return write_of_type(action, of_type); }, action.of_type);
}

json::Value write_policy_copy(const model::PolicyCopy& policy) {
  json::Value written;
  written.set("kind", policy.ref.kind);
  put(written, "namespace", policy.ref.namespace_name);
  written.set("name", policy.ref.name);
  written.set("uid", policy.ref.uid);
  written.set("generation", policy.ref.generation);
  written.set("approval", write_approval(policy.approval));
  put(written, "ignoredFields", policy.ignored_fields);
  put(written, "message", policy.message);
  return written;
}

json::Value write_slot(const model::DecisionSlot& slot) {
  json::Value written;
  written.set("verdict", to_string(slot.verdict));
  put(written, "comment", slot.comment);
  put(written, "digest", slot.digest);
  put(written, "acceptTruncated", slot.accept_truncated);
  return written;
}

json::Value write_spec(const model::RequestSpec& spec) {
  json::Value written;
  written.set("requester", write_requester(spec.requester));
  put(written, "reason", spec.reason);
  written.set("action", write_action(spec.action));
  put(written, "policies", spec.policies, write_policy_copy);
  written.set("expiresAt", format_instant(spec.expires_at));
  put(written, "seal", spec.seal);
  if (spec.slot) written.set("decision", write_slot(*spec.slot));
  put(written, "reviews", spec.reviews, write_review);
  return written;
}

json::Value write_log(const model::LogPosition& log) {
  json::Value written;
  written.set("stream", log.stream);
  written.set("seq", log.seq);
  written.set("head", log.head);
  return written;
}

json::Value write_condition(const model::Condition& condition) {
  json::Value written;
  written.set("type", condition.type);
  written.set("status", condition.status);
  written.set("lastTransitionTime", format_instant(condition.last_transition));
  written.set("reason", condition.reason);
  written.set("message", condition.message);
  return written;
}

json::Value write_progress(const model::Progress& progress) {
  json::Value written;
  written.set("policy", progress.policy);
  written.set("name", progress.name);
  written.set("required", static_cast<std::int64_t>(progress.required));
  written.set("approved", static_cast<std::int64_t>(progress.approved));
  return written;
}

json::Value write_decision(const model::Decision& decision) {
  json::Value written;
  written.set("verdict", to_string(decision.verdict));
  put(written, "reason", decision.reason);
  written.set("decidedAt", format_instant(decision.decided_at));
  put(written, "validUntil", decision.valid_until);
  put(written, "reviewers", decision.reviewers);
  written.set("log", write_log(decision.log));
  put(written, "seal", decision.seal);
  return written;
}

json::Value write_use(const model::Use& use) {
  json::Value written;
  written.set("time", format_instant(use.time));
  written.set("admissionUID", use.admission_uid);
  if (use.generation != 0) written.set("generation", use.generation);
  written.set("log", write_log(use.log));
  put(written, "seal", use.seal);
  return written;
}

json::Value write_revocation(const model::Revocation& revocation) {
  json::Value written;
  written.set("by", revocation.by);
  put(written, "reason", revocation.reason);
  written.set("time", format_instant(revocation.time));
  written.set("log", write_log(revocation.log));
  put(written, "seal", revocation.seal);
  return written;
}

// A label's value: at most 63 letters, digits, "-", "_" and ".", the ends being letters or digits. Labels are for
// people to select by; nothing of ours reads them, so that it does not matter what is lost.
std::string label_value(std::string_view text) {
  constexpr std::size_t longest = 63;
  const auto is_alphanumeric = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  std::string value(text.substr(0, longest));
  for (char& c : value) {
    if (!is_alphanumeric(c) && c != '_' && c != '.') c = '-';
  }
  while (!value.empty() && !is_alphanumeric(value.back())) value.pop_back();
  value.erase(value.begin(), std::ranges::find_if(value, is_alphanumeric));
  return value;
}

json::Value write_object(json::Value metadata, const model::RequestSpec& spec) {
  json::Value written;
  written.set("apiVersion", kApiVersion);
  written.set("kind", kRequestKind);
  written.set("metadata", std::move(metadata));
  written.set("spec", write_spec(spec));
  return written;
}

json::Value write_key(const model::RequestKey& key) {
  json::Value metadata;
  metadata.set("name", key.name);
  metadata.set("namespace", key.namespace_name);
  return metadata;
}

}  // namespace

json::Value write_review(const model::Review& review) {
  json::Value written;
  written.set("reviewer", review.reviewer);
  put(written, "uid", review.uid);
  written.set("verdict", to_string(review.verdict));
  put(written, "comment", review.comment);
  written.set("via", review.via);
  written.set("time", format_instant(review.time));
  put(written, "satisfies", review.satisfies);
  put(written, "acceptTruncated", review.accept_truncated);
  put(written, "seal", review.seal);
  return written;
}

json::Value write_request(const model::RequestKey& key, const model::RequestSpec& spec) {
  const std::string_view digest = spec.action.digest;
  json::Value labels;
  labels.set(kLabelAgent, label_value(spec.requester.agent));
  labels.set(kLabelDigest, label_value(digest.substr(digest.find(':') + 1)));
  if (!spec.plan.empty()) labels.set(kLabelPlan, label_value(spec.plan));
  json::Value metadata = write_key(key);
  metadata.set("labels", std::move(labels));
  return write_object(std::move(metadata), spec);
}

json::Value write_status(const model::ApprovalRequest& base, const model::RequestStatus& status) {
  json::Value metadata = write_key(base.key);
  metadata.set("uid", base.uid);
  metadata.set("resourceVersion", base.resource_version);
  json::Value written;
  written.set("state", to_string(status.state));
  put(written, "conditions", status.conditions, write_condition);
  put(written, "requirements", status.requirements, write_progress);
  if (status.decision) written.set("decision", write_decision(*status.decision));
  put(written, "uses", status.uses, write_use);
  if (status.revocation) written.set("revocation", write_revocation(*status.revocation));
  put(written, "cooldownUntil", status.cooldown_until);
  put(written, "fence", status.fence);
  json::Value object = write_object(std::move(metadata), base.spec);
  object.set("status", std::move(written));
  return object;
}

}  // namespace sallyport::wire
