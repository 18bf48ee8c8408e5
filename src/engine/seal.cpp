#include "engine/seal.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <type_traits>
#include <variant>

#include "model/deeds.hpp"

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

void hash(Hasher& h, const model::Kubernetes& action) {
  const auto& target = action.target;
  h.field(static_cast<std::uint64_t>(action.operation));
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
  h.field(action.options);
}

// Of form 1 there are none. Where there are, somebody else has put them there, and the sum comes out otherwise.
void hash_deeds(Hasher& h, const model::Kubernetes& action, std::uint32_t form) {
  if (form == 1 && action.effects.empty() && action.guarded.empty()) return;
  hash(h, action.effects);
  hash(h, action.guarded);
}
void hash_deeds(Hasher&, const model::UnknownAction&, std::uint32_t) {}

// Nothing of it is ever sealed, nor is its seal checked: see unknown_parts.
void hash(Hasher&, const model::UnknownAction&) {}

void hash(Hasher& h, const model::ActionRecord& action, std::uint32_t form) {
  h.field(action.summary).field(action.digest);
  std::visit(
      [&](const auto& of_type) {
        // Form 1 knows one type alone, and does not name it.
        using Type = std::decay_t<decltype(of_type)>;
        if constexpr (requires { Type::kType; }) {
          if (form > 1) h.field(Type::kType);
        }
        hash(h, of_type);
        hash_deeds(h, of_type, form);
      },
      action.of_type);
  h.field(action.changes.size());
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

// Of "3:<hex>", or of none.
std::optional<std::uint32_t> stated_form(std::string_view seal) {
  const auto colon = seal.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::uint32_t form = 0;
  const auto [end, error] = std::from_chars(seal.data(), seal.data() + colon, form);
  if (error != std::errc() || end != seal.data() + colon || form < 2) return std::nullopt;
  return form;
}

class Unknown {
 public:
  explicit Unknown(model::FormRange forms) : forms_(forms) {}

  void look_at(const std::string& what, std::string_view seal) {
    const auto form = form_of(seal);
    if (!forms_.reads(form)) parts_.push_back(what + " (form " + std::to_string(form) + ")");
  }
  void add(std::string part) { parts_.push_back(std::move(part)); }
  [[nodiscard]] std::vector<std::string> parts() && { return std::move(parts_); }

 private:
  model::FormRange forms_;
  std::vector<std::string> parts_;
};

}  // namespace

std::uint32_t form_of(std::string_view seal) {
  return stated_form(seal).value_or(1);
}

Sealer::Sealer(Secret key, std::string cluster_id, model::FormRange forms)
    : key_(std::make_shared<const Secret>(std::move(key))),
      cluster_id_(std::move(cluster_id)),
      forms_(forms),
      form_(forms.oldest) {}

Sealer Sealer::in_form_of(std::string_view seal) const {
  auto same = *this;
  same.form_ = form_of(seal);
  return same;
}

std::string Sealer::finish(Hasher& hasher, std::string_view deeds) const {
  auto text = hex(hasher.finish());
  if (form_ == 1) return text;
  return std::to_string(form_) + ":" + std::string(deeds) + (deeds.empty() ? "" : ":") + text;
}

std::string Sealer::tag(std::string_view what) const {
  return std::string(what) + "/v" + std::to_string(form_);
}

Hasher Sealer::begin(std::string_view what, const ApprovalRequest& request) const {
  Hasher h(*key_);
  h.field(tag(what)).field(cluster_id_).field(request.uid).field(request.spec.action.digest);
  h.field(request.spec.seal);
  hash(h, request.spec.policies);
  return h;
}

std::string Sealer::seal_spec(const model::RequestKey& key, const model::RequestSpec& spec) const {
  Hasher h(*key_);
  h.field(tag("request")).field(cluster_id_).field(key.namespace_name).field(key.name);
  hash(h, spec.requester.user);
  h.field(spec.requester.agent).field(spec.reason);
  hash(h, spec.action, form_);
  hash(h, spec.policies);
  hash(h, spec.expires_at);
  const auto* kubernetes = spec.action.kubernetes();
  return finish(h, kubernetes == nullptr ? "" : model::deeds_of(*kubernetes));
}

std::string Sealer::seal_review(const ApprovalRequest& request, const model::Review& review,
                                std::string_view seal_before) const {
  auto h = begin("review", request);
  h.field(review.reviewer).field(review.uid).field(static_cast<std::uint64_t>(review.verdict)).field(review.comment);
  h.field(review.via);
  hash(h, review.time);
  hash(h, review.satisfies);
  h.field(std::uint64_t{review.accept_truncated}).field(seal_before);
  return finish(h);
}

std::string Sealer::seal_decision(const ApprovalRequest& request, const model::Decision& decision) const {
  auto h = begin("decision", request);
  h.field(static_cast<std::uint64_t>(decision.verdict)).field(decision.reason);
  hash(h, decision.decided_at);
  hash(h, decision.valid_until);
  hash(h, decision.reviewers);
  hash(h, decision.log);
  return finish(h);
}

std::string Sealer::seal_use(const ApprovalRequest& request, const model::Use& use,
                             std::string_view seal_before) const {
  auto h = begin("use", request);
  hash(h, use.time);
  h.field(use.admission_uid).field(static_cast<std::uint64_t>(use.generation));
  hash(h, use.log);
  h.field(seal_before);
  return finish(h);
}

std::string Sealer::seal_revocation(const ApprovalRequest& request, const model::Revocation& revocation) const {
  auto h = begin("revocation", request);
  h.field(revocation.by).field(revocation.reason);
  hash(h, revocation.time);
  hash(h, revocation.log);
  return finish(h);
}

std::string_view seal_before_next_review(const model::RequestSpec& spec) {
  return spec.reviews.empty() ? std::string_view(spec.seal) : std::string_view(spec.reviews.back().seal);
}

std::vector<std::string> unknown_parts(const ApprovalRequest& request, model::FormRange forms) {
  const auto& [spec, status] = std::tie(request.spec, request.status);
  Unknown unknown(forms);
  if (const auto* action = spec.action.unknown()) unknown.add("spec (" + action->what + ")");
  unknown.look_at("spec", spec.seal);
  for (std::size_t i = 0; i < spec.reviews.size(); ++i) {
    unknown.look_at("reviews[" + std::to_string(i) + "]", spec.reviews[i].seal);
  }
  if (status.decision) unknown.look_at("status.decision", status.decision->seal);
  if (status.revocation) unknown.look_at("status.revocation", status.revocation->seal);
  for (std::size_t i = 0; i < status.uses.size(); ++i) {
    unknown.look_at("status.uses[" + std::to_string(i) + "]", status.uses[i].seal);
  }
  return std::move(unknown).parts();
}

Sealed check_seals(const Sealer& sealer, const ApprovalRequest& request) {
  Sealed sealed;
  sealed.unknown = unknown_parts(request, sealer.forms());
  if (!sealed.unknown.empty()) return sealed;
  const auto& spec = request.spec;
  const auto& status = request.status;
  sealed.spec = valid(spec.seal, sealer.in_form_of(spec.seal).seal_spec(request.key, spec));
  if (!sealed.spec) sealed.forged.emplace_back("spec");

  std::string_view before = spec.seal;
  for (std::size_t i = 0; i < spec.reviews.size(); ++i) {
    const auto& review = spec.reviews[i];
    if (valid(review.seal, sealer.in_form_of(review.seal).seal_review(request, review, before))) {
      sealed.reviews.push_back(review);
    } else {
      sealed.forged.push_back("reviews[" + std::to_string(i) + "] by " + review.reviewer);
    }
    before = review.seal;
  }

  if (status.decision) {
    sealed.decision =
        valid(status.decision->seal, sealer.in_form_of(status.decision->seal).seal_decision(request, *status.decision));
    if (!sealed.decision) sealed.forged.emplace_back("status.decision");
  }
  if (status.revocation) {
    sealed.revoked = valid(status.revocation->seal,
                           sealer.in_form_of(status.revocation->seal).seal_revocation(request, *status.revocation));
    if (!sealed.revoked) sealed.forged.emplace_back("status.revocation");
  }
  before = status.decision ? std::string_view(status.decision->seal) : std::string_view();
  sealed.uses = true;
  for (std::size_t i = 0; i < status.uses.size(); ++i) {
    const auto& use = status.uses[i];
    if (!valid(use.seal, sealer.in_form_of(use.seal).seal_use(request, use, before))) {
      sealed.uses = false;
      sealed.forged.push_back("status.uses[" + std::to_string(i) + "]");
    }
    before = use.seal;
  }
  return sealed;
}

}  // namespace sallyport::engine
