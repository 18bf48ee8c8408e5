#include <limits>
#include <optional>
#include <utility>

#include "model/deeds.hpp"
#include "wire/approval.hpp"
#include "wire/fields.hpp"
#include "wire/names.hpp"
#include "wire/request.hpp"

namespace sallyport::wire {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMostPeople = 1'000'000;

std::optional<std::string> text_or_nothing(const Fields& fields, std::string_view key) {
  return fields.has(key) ? std::optional(fields.text(key)) : std::nullopt;
}

model::Requester read_requester(const Fields& requester) {
  return {.user = {.username = requester.needed_text("username"),
                   .uid = requester.text("uid"),
                   .groups = requester.texts("groups"),
                   .pod = requester.text("pod"),
                   .node = requester.text("node"),
                   .credential_id = requester.text("credentialID")},
          .agent = requester.text("agent")};
}

model::Target read_target(const Fields& target) {
  return {.resource = {.group = target.text("group"),
                       .version = target.text("version"),
                       .resource = target.needed_text("resource"),
                       .subresource = target.text("subresource")},
          .namespace_name = target.text("namespace"),
          .name = target.text("name"),
          .uid = target.text("uid")};
}

model::ShownChange read_change(const Fields& change) {
  return {.path = change.text("path"),
          .from = text_or_nothing(change, "from"),
          .to = text_or_nothing(change, "to"),
          .ignored = change.flag("ignored"),
          .redacted = change.flag("redacted")};
}

model::Connect read_connect(const Fields& connect) {
  return {.container = connect.text("container"),
          .command = connect.texts("command"),
          .stdin_attached = connect.flag("stdin"),
          .tty = connect.flag("tty"),
          .pod = {.uid = connect.text("podUID"), .image_ids = connect.texts("imageIDs")}};
}

model::Kubernetes read_kubernetes(const Fields& kubernetes, model::Operation operation) {
  model::Kubernetes read{.operation = operation,
                         .target = read_target(kubernetes.object("target")),
                         .options = kubernetes.text("options"),
                         .effects = kubernetes.texts("effects"),
                         .guarded = kubernetes.texts("guarded")};
  if (kubernetes.has("connect")) read.connect = read_connect(kubernetes.object("connect"));
  return read;
}

// Another type or operation is another version's request. It is no fault, and nothing of it can be used here.
model::ActionRecord read_action(const Fields& action) {
  model::ActionRecord read{.summary = action.text("summary"), .digest = action.needed_text("digest")};
  const auto type = action.needed_text("type");
  if (type != model::Kubernetes::kType) {
    read.of_type = model::UnknownAction{type, "type " + type, action.value()};
    return read;
  }
  const Fields kubernetes = action.object("kubernetes");
  read.changes = kubernetes.list("changes", read_change);
  read.truncated = kubernetes.flag("truncated");
  const auto word = kubernetes.needed_text("operation");
  if (const auto operation = model::parse_operation(word)) {
    read.of_type = read_kubernetes(kubernetes, *operation);
  } else {
    read.of_type = model::UnknownAction{type, "operation " + word, action.value()};
  }
  return read;
}

model::PolicyCopy read_policy_copy(const Fields& policy) {
  return {.ref = {.kind = policy.needed_text("kind"),
                  .namespace_name = policy.text("namespace"),
                  .name = policy.needed_text("name"),
                  .uid = policy.text("uid"),
                  .generation = policy.integer("generation", 0, kLargest, 0)},
          .approval = read_approval(policy.object("approval")),
          .ignored_fields = policy.texts("ignoredFields"),
          .message = policy.text("message")};
}

model::DecisionSlot read_slot_fields(const Fields& slot) {
  slot.allow_only({"verdict", "comment", "digest", "acceptTruncated"});
  return {.verdict = slot.needed_word("verdict", model::parse_verdict, model::Verdict::none),
          .comment = slot.text("comment"),
          .digest = slot.text("digest"),
          .accept_truncated = slot.flag("acceptTruncated")};
}

model::Review read_review_entry(const Fields& review) {
  return {.reviewer = review.needed_text("reviewer"),
          .uid = review.text("uid"),
          .verdict = review.needed_word("verdict", model::parse_verdict, model::Verdict::none),
          .comment = review.text("comment"),
          .via = review.text("via"),
          .time = review.instant("time"),
          .satisfies = review.texts("satisfies"),
          .accept_truncated = review.flag("acceptTruncated"),
          .seal = review.text("seal")};
}

model::RequestSpec read_spec(const Fields& spec) {
  if (!spec.has("expiresAt")) spec.complain("expiresAt", "is missing");
  model::RequestSpec read{.requester = read_requester(spec.object("requester")),
                          .reason = spec.text("reason"),
                          .action = read_action(spec.object("action")),
                          .policies = spec.list("policies", read_policy_copy),
                          .expires_at = spec.instant("expiresAt"),
                          .seal = spec.text("seal"),
                          .reviews = spec.list("reviews", read_review_entry)};
  if (auto* kubernetes = read.action.kubernetes()) model::add_deeds(*kubernetes, read.seal);
  if (spec.has("decision")) read.slot = read_slot_fields(spec.object("decision"));
  return read;
}

model::LogPosition read_log(const Fields& log) {
  return {.stream = log.text("stream"),
          .seq = static_cast<std::uint64_t>(log.integer("seq", 0, kLargest, 0)),
          .head = log.text("head")};
}

model::Condition read_condition(const Fields& condition) {
  return {.type = condition.text("type"),
          .status = condition.text("status"),
          .reason = condition.text("reason"),
          .message = condition.text("message"),
          .last_transition = condition.instant("lastTransitionTime")};
}

model::Progress read_progress(const Fields& progress) {
  return {.policy = progress.text("policy"),
          .name = progress.text("name"),
          .required = static_cast<std::uint32_t>(progress.integer("required", 0, kMostPeople, 0)),
          .approved = static_cast<std::uint32_t>(progress.integer("approved", 0, kMostPeople, 0))};
}

model::Decision read_decision(const Fields& decision) {
  return {.verdict = decision.needed_word("verdict", model::parse_state, model::State::pending),
          .reason = decision.text("reason"),
          .decided_at = decision.instant("decidedAt"),
          .valid_until = decision.instant("validUntil"),
          .reviewers = decision.texts("reviewers"),
          .log = read_log(decision.object("log")),
          .seal = decision.text("seal")};
}

model::Use read_use(const Fields& use) {
  return {.time = use.instant("time"),
          .admission_uid = use.text("admissionUID"),
          .generation = use.integer("generation", 0, kLargest, 0),
          .log = read_log(use.object("log")),
          .seal = use.text("seal")};
}

model::Revocation read_revocation(const Fields& revocation) {
  return {.by = revocation.text("by"),
          .reason = revocation.text("reason"),
          .time = revocation.instant("time"),
          .log = read_log(revocation.object("log")),
          .seal = revocation.text("seal")};
}

model::RequestStatus read_status(const Fields& status) {
  model::RequestStatus read{.state = status.word("state", model::parse_state, model::State::pending),
                            .conditions = status.list("conditions", read_condition),
                            .requirements = status.list("requirements", read_progress),
                            .uses = status.list("uses", read_use),
                            .cooldown_until = status.instant("cooldownUntil"),
                            .fence = status.text("fence")};
  if (status.has("decision")) read.decision = read_decision(status.object("decision"));
  if (status.has("revocation")) read.revocation = read_revocation(status.object("revocation"));
  return read;
}

}  // namespace

Result<model::ApprovalRequest> read_request(const json::Value& object) {
  Fault fault;
  const Fields root(object, "", fault);
  if (root.text("kind") != kRequestKind) root.complain("kind", "must be " + std::string(kRequestKind));
  if (root.text("apiVersion") != kApiVersion) root.complain("apiVersion", "must be " + std::string(kApiVersion));
  const Fields metadata = root.object("metadata");
  model::ApprovalRequest request{
      .key = {.namespace_name = metadata.needed_text("namespace"), .name = metadata.needed_text("name")},
      .uid = metadata.text("uid"),
      .resource_version = metadata.text("resourceVersion"),
      .created = metadata.instant("creationTimestamp"),
      .deleting = metadata.has("deletionTimestamp"),
      .spec = read_spec(root.object("spec")),
      .status = read_status(root.object("status"))};
  request.spec.plan = metadata.object("labels").text(kLabelPlan);
  if (!fault.any()) return request;
  return fail(ErrorCode::bad_input, "reading the ApprovalRequest " + to_string(request.key) + ": " + fault.text());
}

Result<model::DecisionSlot> read_slot(const json::Value& slot) {
  Fault fault;
  model::DecisionSlot read = read_slot_fields(Fields(slot, "spec.decision", fault));
  if (fault.any()) return fail(ErrorCode::bad_input, fault.text());
  return read;
}

}  // namespace sallyport::wire
