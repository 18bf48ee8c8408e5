#include "engine/grants.hpp"

#include <algorithm>

#include "engine/answers.hpp"
#include "engine/records.hpp"
#include "engine/settings.hpp"

namespace sallyport::engine {
namespace {

using model::Answer;
using model::Code;
using model::State;

bool same_policies(const std::vector<model::PolicyCopy>& a, const std::vector<model::PolicyCopy>& b) {
  return std::ranges::equal(a, b, {}, &model::PolicyCopy::ref, &model::PolicyCopy::ref);
}

constexpr auto kOtherCopies = "it copies its policies otherwise than they are written";

// One digest of which a use has begun; released however the use ends.
class Begun {
 public:
  Begun(std::set<std::string>& all, const std::string& digest) : all_(all), digest_(digest) {
    first_ = all_.insert(digest_).second;
  }
  ~Begun() {
    if (first_) all_.erase(digest_);
  }
  Begun(const Begun&) = delete;
  Begun& operator=(const Begun&) = delete;
  [[nodiscard]] bool first() const { return first_; }

 private:
  std::set<std::string>& all_;
  std::string digest_;
  bool first_ = false;
};

}  // namespace

bool has_other_copies(const Ask& ask, const model::ApprovalRequest& request) {
  return same_policies(request.spec.policies, ask.terms.policies) && request.spec.policies != ask.terms.policies;
}

std::optional<Answer> why_no_use(const Ask& ask, const model::ApprovalRequest& request, const Sealed& sealed) {
  const auto where = "The approval request " + to_string(request.key);
  if (!sealed.spec || !sealed.decision || !sealed.uses) {
    return answers::refuse(Code::approval_denied, where + " holds entries that Sallyport did not make (" +
                                                      first_forged(sealed) + "): it grants nothing. Delete it.");
  }
  const auto& requester = request.spec.requester.user;
  if (requester.username != ask.requester.user.username || requester.uid != ask.requester.user.uid ||
      request.spec.action.digest != ask.action.digest || !same_policies(request.spec.policies, ask.terms.policies)) {
    return answers::refuse(Code::approval_denied, where + " was approved for another action than this one.");
  }
  if (has_other_copies(ask, request)) {
    return answers::refuse(Code::approval_denied, where + " was not made by Sallyport as it stands (" + kOtherCopies +
                                                      "): it grants nothing. Delete it.");
  }
  const bool objected = std::ranges::any_of(sealed.reviews, [](const auto& review) {
    return review.verdict == model::Verdict::deny || review.verdict == model::Verdict::revoke;
  });
  if (objected) return answers::refuse(Code::approval_revoked, where + " was denied or revoked by a reviewer.");
  return std::nullopt;
}

bool is_reentry(const Ask& ask, const AdmissionCall& call, const model::ApprovalRequest& request, Instant now) {
  if (request.status.uses.empty()) return false;
  const auto& last = request.status.uses.back();
  if (now < last.time || now - last.time > kReentryWindow) return false;
  const auto* kubernetes = ask.action.kubernetes();
  if (kubernetes == nullptr) return false;
  if (kubernetes->operation == model::Operation::del) return true;
  return kubernetes->operation == model::Operation::update && call.generation != 0 &&
         call.generation == last.generation && call.beyond_metadata;
}

std::optional<Answer> Grants::why_not_now(const Ask& ask, const AdmissionCall& call) const {
  if (cluster_.why_not_ready()) return answers::not_ready();
  if (restoration_.under_way()) return answers::store_restored();
  if (!call.caller->is_there()) return answers::send_again(call, Code::busy, "The caller closed the connection.");
  if (!in_force_.stands(ask.basis)) {
    return answers::policies_changed(call);
  }
  if (call.deadline - clock_.steady() < kUseMargin) {
    return answers::send_again(call, Code::busy, "The approval came too late for this call. Send the same call again.");
  }
  return std::nullopt;
}

boost::asio::awaitable<std::optional<Answer>> Grants::answer_on(const Ask& ask, const AdmissionCall& call,
                                                                model::RequestKey key) {
  const Begun begun(in_use_, ask.action.digest);
  if (!begun.first()) {
    co_return answers::send_again(call, Code::busy,
                                  "Another call for the same action is being answered. Send the same call again.");
  }
  if (auto refusal = why_not_now(ask, call)) co_return refusal;

  const auto* known = store_.find(key);
  const auto known_version = known == nullptr ? 0 : known->version;
  auto request = co_await cluster_.read_request(key);
  if (!request) {
    if (request.error().code() != ErrorCode::not_found) {
      co_return answers::refuse(Code::cluster_unavailable, "Sallyport could not read the approval request " +
                                                               to_string(key) + ": " + request.error().message() +
                                                               ". Send the same call again.");
    }
    if (const auto* entry = store_.find(key)) store_.forget(key, std::string(entry->uid));
    co_return std::nullopt;
  }
  restoration_.read(*request, known_version);
  store_.observe(*request);
  if (restoration_.under_way()) co_return answers::store_restored();
  const auto now = clock_.now();
  const auto sealed = examiner_.examine(*request, now);
  forgeries_.report(*request, sealed);
  const auto state = sealed_state(*request, sealed, now);
  const bool is_forged = has_forged_decision(*request, sealed);
  if (state != State::approved && state != State::used && !is_forged) co_return std::nullopt;  // unknown, too
  const bool again = !call.dry_run && is_reentry(ask, call, *request, now);
  const bool is_over = state == State::used || has_ended(request->status.state);
  if (is_over && !again) co_return std::nullopt;
  if (sealed.decision && has_other_copies(ask, *request)) forgeries_.report_decision(*request, kOtherCopies);
  if (auto refusal = why_no_use(ask, *request, sealed)) {
    // What is over is asked anew, whatever it was: under other policies it is no second try of its last use.
    co_return is_over ? std::nullopt : std::move(refusal);
  }
  if (again) co_return co_await enter_again(ask, call, std::move(*request));
  if (call.dry_run) co_return answers::allowed_dry_run(request->key);
  co_return co_await use(ask, call, std::move(*request), sealed, now);
}

boost::asio::awaitable<std::optional<Answer>> Grants::use(const Ask& ask, const AdmissionCall& call,
                                                          model::ApprovalRequest request, Sealed sealed, Instant now) {
  Intent intent{"use"};
  intent.fields.set("agent", ask.requester.agent)
      .set("username", ask.requester.user.username)
      .set("admission_uid", call.uid)
      .set("summary", ask.action.summary);
  records::add_grounds(intent.fields, request, sealed, now);
  records::add_caller(intent.fields, call.caller_proven);
  std::optional<model::LogPosition> logged;
  auto next = [&](const model::LogPosition& log) {
    logged = log;
    return used_status(sealer_, request, call, clock_.now(), log);
  };
  const auto step = co_await transitions_.take(std::move(intent), request, next);
  if (!step) {
    if (!logged) co_return answers::log_unavailable(step.error());
    co_return answers::refuse(Code::cluster_unavailable, "Sallyport could not record the use of approval request " +
                                                             to_string(request.key) +
                                                             ", so the call was refused: " + step.error().message() +
                                                             ". No approval was used. Send the same call again.");
  }
  switch (step->landed) {
    case WriteOutcome::not_landed:
      co_return std::nullopt;
    case WriteOutcome::unknown:
      co_return answers::refuse(Code::grant_lost,
                                "The API server did not answer, so nobody knows whether the approval was used: it "
                                "counts as used. See whether "
                                "the action took effect. If it did not, send the same call again to ask again.");
    case WriteOutcome::landed:
      break;
  }
  store_.observe(step->request);
  restoration_.used_here(step->request);
  cluster_.announce(step->request, "Used",
                    "Let through. " + std::string(model::kUnseenOutcome) + ". " + request.spec.action.summary);
  co_return answers::used(step->request, *logged);
}

boost::asio::awaitable<Answer> Grants::enter_again(const Ask& ask, const AdmissionCall& call,
                                                   model::ApprovalRequest request) {
  const auto log = co_await journal_.append(records::reentered(ask, call, request));
  if (!log) co_return answers::log_unavailable(log.error());
  co_return answers::used(request, *log);
}

}  // namespace sallyport::engine
