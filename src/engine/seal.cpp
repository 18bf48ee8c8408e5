#include "engine/seal.hpp"

#include <algorithm>

namespace sallyport::engine {
namespace {

using model::ApprovalRequest;

// Every value below is length-prefixed or a fixed-width number, so that no two different requests give the same bytes.

void hash(Hasher& h, const std::vector<std::string>& texts) {
  h.field(texts.size());
  for (const auto& text : texts) h.field(text);
}

void hash(Hasher& h, Instant instant) {
  h.field(static_cast<std::uint64_t>(instant.time_since_epoch().count()));
}
void hash(Hasher& h, Duration duration) {
  h.field(static_cast<std::uint64_t>(duration.count()));
}

void hash(Hasher& h, const model::LogPosition& log) {
  h.field(log.stream).field(log.seq).field(log.head);
}

void hash(Hasher& h, const model::User& user) {
  h.field(user.username).field(user.uid).field(user.pod).field(user.node).field(user.credential_id);
  hash(h, user.groups);
}

void hash(Hasher& h, const model::PolicyCopy& policy) {
  h.field(policy.ref.kind).field(policy.ref.namespace_name).field(policy.ref.name).field(policy.ref.uid);
  h.field(static_cast<std::uint64_t>(policy.ref.generation));
  h.field(policy.approval.requirements.size());
  for (const auto& requirement : policy.approval.requirements) {
    h.field(requirement.name).field(requirement.count).field(requirement.approvers.size());
    for (const auto& approver : requirement.approvers) {
      h.field(static_cast<std::uint64_t>(approver.kind)).field(approver.name);
    }
  }
  hash(h, policy.approval.pending_timeout);
  hash(h, policy.approval.valid_for);
  h.field(policy.approval.uses);
  hash(h, policy.ignored_fields);
  h.field(policy.message);
}

void hash(Hasher& h, const std::vector<model::PolicyCopy>& policies) {
  h.field(policies.size());
  for (const auto& policy : policies) hash(h, policy);
}

void hash(Hasher& h, const std::optional<std::string>& text) {
  h.field(std::uint64_t{text.has_value()});
  h.field(text.value_or(""));
}

void hash(Hasher& h, const model::ActionRecord& action) {
  const auto& target = action.target;
  h.field(action.summary).field(action.digest).field(static_cast<std::uint64_t>(action.operation));
  h.field(target.resource.group).field(target.resource.version).field(target.resource.resource);
  h.field(target.resource.subresource).field(target.namespace_name).field(target.name).field(target.uid);
  h.field(std::uint64_t{action.connect.has_value()});
  if (action.connect) {
    h.field(action.connect->container);
    hash(h, action.connect->command);
    h.field(std::uint64_t{action.connect->stdin_attached}).field(std::uint64_t{action.connect->tty});
    h.field(action.connect->pod.uid);
    hash(h, action.connect->pod.image_ids);
  }
  h.field(action.options).field(action.changes.size());
  for (const auto& change : action.changes) {
    h.field(change.path);
    hash(h, change.from);
    hash(h, change.to);
    h.field(std::uint64_t{change.ignored}).field(std::uint64_t{change.redacted});
  }
  h.field(std::uint64_t{action.truncated});
}

bool valid(std::string_view found, const std::string& right) {
  return equal_in_constant_time(found, right);
}

}  // namespace

Sealer::Sealer(Secret key, std::string cluster_id) : key_(std::move(key)), cluster_id_(std::move(cluster_id)) {}

std::string Sealer::finish(Hasher& hasher) const {
  return hex(hasher.finish());
}

Hasher Sealer::begin(std::string_view what, const ApprovalRequest& request) const {
  Hasher h(key_);
  h.field(what).field(cluster_id_).field(request.uid).field(request.spec.action.digest);
  h.field(request.spec.seal);
  hash(h, request.spec.policies);
  return h;
}

std::string Sealer::seal_spec(const model::RequestKey& key, const model::RequestSpec& spec) const {
  Hasher h(key_);
  h.field("request/v1").field(cluster_id_).field(key.namespace_name).field(key.name);
  hash(h, spec.requester.user);
  h.field(spec.requester.agent).field(spec.reason);
  hash(h, spec.action);
  hash(h, spec.policies);
  hash(h, spec.expires_at);
  return finish(h);
}

std::string Sealer::seal_review(const ApprovalRequest& request, const model::Review& review,
                                std::string_view seal_before) const {
  auto h = begin("review/v1", request);
  h.field(review.reviewer).field(review.uid).field(static_cast<std::uint64_t>(review.verdict)).field(review.comment);
  h.field(review.via);
  hash(h, review.time);
  hash(h, review.satisfies);
  h.field(std::uint64_t{review.accept_truncated}).field(seal_before);
  return finish(h);
}

std::string Sealer::seal_decision(const ApprovalRequest& request, const model::Decision& decision) const {
  auto h = begin("decision/v1", request);
  h.field(static_cast<std::uint64_t>(decision.verdict)).field(decision.reason);
  hash(h, decision.decided_at);
  hash(h, decision.valid_until);
  hash(h, decision.reviewers);
  hash(h, decision.log);
  return finish(h);
}

std::string Sealer::seal_use(const ApprovalRequest& request, const model::Use& use,
                             std::string_view seal_before) const {
  auto h = begin("use/v1", request);
  hash(h, use.time);
  h.field(use.admission_uid).field(static_cast<std::uint64_t>(use.generation));
  hash(h, use.log);
  h.field(seal_before);
  return finish(h);
}

std::string Sealer::seal_revocation(const ApprovalRequest& request, const model::Revocation& revocation) const {
  auto h = begin("revocation/v1", request);
  h.field(revocation.by).field(revocation.reason);
  hash(h, revocation.time);
  hash(h, revocation.log);
  return finish(h);
}

std::string_view seal_before_next_review(const model::RequestSpec& spec) {
  return spec.reviews.empty() ? std::string_view(spec.seal) : std::string_view(spec.reviews.back().seal);
}

Sealed check_seals(const Sealer& sealer, const ApprovalRequest& request) {
  Sealed sealed;
  const auto& spec = request.spec;
  const auto& status = request.status;
  sealed.spec = valid(spec.seal, sealer.seal_spec(request.key, spec));
  if (!sealed.spec) sealed.forged.emplace_back("spec");

  std::string_view before = spec.seal;
  for (std::size_t i = 0; i < spec.reviews.size(); ++i) {
    const auto& review = spec.reviews[i];
    if (valid(review.seal, sealer.seal_review(request, review, before))) {
      sealed.reviews.push_back(review);
    } else {
      sealed.forged.push_back("reviews[" + std::to_string(i) + "] by " + review.reviewer);
    }
    before = review.seal;
  }

  if (status.decision) {
    sealed.decision = valid(status.decision->seal, sealer.seal_decision(request, *status.decision));
    if (!sealed.decision) sealed.forged.emplace_back("status.decision");
  }
  if (status.revocation) {
    sealed.revoked = valid(status.revocation->seal, sealer.seal_revocation(request, *status.revocation));
    if (!sealed.revoked) sealed.forged.emplace_back("status.revocation");
  }
  before = status.decision ? std::string_view(status.decision->seal) : std::string_view();
  sealed.uses = true;
  for (std::size_t i = 0; i < status.uses.size(); ++i) {
    if (!valid(status.uses[i].seal, sealer.seal_use(request, status.uses[i], before))) {
      sealed.uses = false;
      sealed.forged.push_back("status.uses[" + std::to_string(i) + "]");
    }
    before = status.uses[i].seal;
  }
  return sealed;
}

}  // namespace sallyport::engine
