#include "engine/decisions.hpp"

#include "engine/records.hpp"
#include "engine/settings.hpp"

namespace sallyport::engine {
namespace {

using model::State;

std::string kind_of(const Due& due) {
  switch (due.step) {
    case Due::Step::revoke:
      return "revocation";
    case Due::Step::expire:
      return "expiry";
    default:
      return "decision";
  }
}

json::Value fields_of(const Due& due) {
  auto fields = json::Value::object();
  if (due.step == Due::Step::decide) {
    auto reviewers = json::Value::array();
    for (const auto& reviewer : due.deciding.reviewers) reviewers.push(reviewer);
    fields.set("verdict", to_string(due.deciding.verdict))
        .set("reason", due.deciding.reason)
        .set("reviewers", std::move(reviewers));
  } else if (due.step == Due::Step::revoke) {
    fields.set("by", due.by).set("reason", due.reason);
  }
  return fields;
}

}  // namespace

boost::asio::awaitable<void> Decisions::follow(model::RequestKey key, bool stamped_here) {
  const auto* entry = store_.find(key);
  if (entry == nullptr || entry->reviews == 0) co_return;
  const auto version = entry->version;
  if (!stamped_here) {
    const std::shared_ptr<Alarm> alarm = clock_.make_alarm();
    waits_.insert(alarm);
    if (!stopping_) co_await alarm->wait(kOthersDecideAfter);
    waits_.erase(alarm);
    if (stopping_) co_return;
    entry = store_.find(key);
    if (entry == nullptr || entry->version != version) co_return;
  }
  co_await look_at(key);
}

void Decisions::stop() {
  stopping_ = true;
  for (const auto& alarm : waits_) alarm->ring();
}

boost::asio::awaitable<void> Decisions::look_at(model::RequestKey key) {
  if (cluster_.why_not_ready()) {
    unfinished_.insert(key);
    co_return;
  }
  auto request = co_await cluster_.read_request(key);
  if (!request) {
    if (request.error().code() == ErrorCode::not_found) {
      unfinished_.erase(key);
    } else {
      unfinished_.insert(key);
    }
    co_return;
  }
  store_.observe(*request);
  const auto now = clock_.now();
  const auto sealed = examine(*request, now);
  auto due = due_step(*request, sealed, now);
  if (due.step == Due::Step::nothing) {
    unfinished_.erase(key);
    co_return;
  }
  const auto step = co_await take(std::move(*request), sealed, std::move(due), now);
  if (step && step->landed == WriteOutcome::landed) {
    unfinished_.erase(key);
  } else {
    unfinished_.insert(key);
  }
}

Awaitable<Step> Decisions::take(model::ApprovalRequest request, Sealed sealed, Due due, Instant now) {
  if (due.step == Due::Step::decide || due.step == Due::Step::revoke) landings_.accept_all(request, sealed);
  auto fields = fields_of(due);
  records::add_grounds(fields, request, sealed, now);
  auto kind = kind_of(due);
  auto next = [this, request, due, now](const model::LogPosition& log) {
    switch (due.step) {
      case Due::Step::revoke:
        return ended_status(sealer_, request, State::revoked, due.by, due.reason, now, log);
      case Due::Step::expire:
        return ended_status(sealer_, request, State::expired, "", "", now, log);
      default:
        auto status = decided_status(sealer_, request, due.deciding, now, log);
        if (status.state == State::denied) status.cooldown_until = now + settings_.cooldown;
        return status;
    }
  };
  auto step = co_await transitions_.take({std::move(kind), std::move(fields)}, request, std::move(next));
  if (step && step->landed == WriteOutcome::landed) {
    store_.observe(step->request);
    if (due.step == Due::Step::decide && due.deciding.verdict != State::withdrawn) took_.observe(now - request.created);
    announce(step->request);
  }
  co_return step;
}

boost::asio::awaitable<void> Decisions::sweep() {
  auto keys = store_.due(clock_.now());
  keys.insert(keys.end(), unfinished_.begin(), unfinished_.end());
  for (const auto& key : keys) {
    if (stopping_) co_return;
    co_await look_at(key);
  }
}

boost::asio::awaitable<bool> Decisions::end(model::RequestKey key, std::string reason, std::string message) {
  auto request = co_await cluster_.read_request(key);
  if (!request) co_return request.error().code() == ErrorCode::not_found;
  const auto now = clock_.now();
  const auto sealed = examine(*request, now);
  // What cannot be read is not written over.
  if (!sealed.unknown.empty() || has_forged_decision(*request, sealed)) {
    store_.observe(*request);
    co_return false;
  }
  const auto state = sealed_state(*request, sealed, now);
  Due due;
  if (state == State::pending) {
    due.step = Due::Step::decide;
    due.deciding = {State::withdrawn, std::move(reason), std::move(message), {}, {}};
  } else if (state == State::approved) {
    due = {Due::Step::revoke, {}, "sallyport", std::move(reason)};
  } else {
    store_.observe(*request);
    co_return true;
  }
  const auto step = co_await take(std::move(*request), sealed, std::move(due), now);
  co_return step && step->landed == WriteOutcome::landed;
}

boost::asio::awaitable<bool> Decisions::give_way(model::RequestKey key, std::string message) {
  auto request = co_await cluster_.read_request(key);
  if (!request) co_return false;
  store_.observe(*request);
  const auto now = clock_.now();
  const auto sealed = examine(*request, now);
  const bool is_ours = sealed.unknown.empty() && !has_forged_decision(*request, sealed);
  const bool is_undecided = sealed_state(*request, sealed, now) == State::pending &&
                            due_step(*request, sealed, now).step == Due::Step::nothing;
  if (!is_ours || !is_undecided) co_return false;
  Due due;
  due.step = Due::Step::decide;
  due.deciding = {State::withdrawn, std::string(model::kAskedAnew), std::move(message), {}, {}};
  const auto step = co_await take(std::move(*request), sealed, std::move(due), now);
  co_return step && step->landed == WriteOutcome::landed;
}

// The cache that `is_there` asks may be behind, of a policy that was just made: the API server knows.
boost::asio::awaitable<bool> Decisions::is_gone(model::PolicyRef policy) {
  const bool of_cluster = policy.namespace_name.empty();
  const auto uid = co_await cluster_.read_uid(
      {"sallyport.dev", "v1alpha1", of_cluster ? "clusterapprovalpolicies" : "approvalpolicies", ""},
      policy.namespace_name, policy.name);
  co_return uid ? *uid != policy.uid : uid.error().code() == ErrorCode::not_found;
}

boost::asio::awaitable<bool> Decisions::end_those_without_policy(
    std::function<bool(const model::PolicyRef&)> is_there) {
  bool all_ended = true;
  const auto is_missing = [&](const model::PolicyRef& policy) { return !is_there(policy); };
  for (const auto& key : store_.open_under(is_missing)) {
    const auto* entry = store_.find(key);
    if (entry == nullptr) continue;
    const auto missing = std::ranges::find_if(entry->policies, is_missing);
    if (missing == entry->policies.end()) continue;
    const auto name = missing->kind + " " + missing->name;
    const bool ended = co_await is_gone(*missing) && co_await end(key, "PolicyChanged", name + " was deleted");
    all_ended = all_ended && ended;
  }
  co_return all_ended;
}

Awaitable<bool> Decisions::take_back(model::RequestKey key, std::string reason) {
  auto request = co_await cluster_.read_request(key);
  if (!request) {
    if (request.error().code() == ErrorCode::not_found) co_return false;
    co_return fail(request.error());
  }
  store_.observe(*request);
  const auto now = clock_.now();
  const auto sealed = examine(*request, now);
  if (sealed_state(*request, sealed, now) != State::approved) co_return false;
  const auto step =
      co_await take(std::move(*request), sealed, {Due::Step::revoke, {}, "sallyport", std::move(reason)}, now);
  if (!step) co_return fail(step.error());
  if (step->landed != WriteOutcome::landed)
    co_return fail(ErrorCode::conflict, "the request changed while it was revoked");
  co_return true;
}

Sealed Decisions::examine(const model::ApprovalRequest& request, Instant now) {
  auto sealed = examiner_.examine(request, now);
  forgeries_.report(request, sealed);
  return sealed;
}

void Decisions::announce(const model::ApprovalRequest& request) {
  const auto& status = request.status;
  std::string note = request.spec.action.summary;
  if (status.revocation) {
    note += ": revoked by " + status.revocation->by;
  } else if (status.decision && !status.decision->reviewers.empty()) {
    note += ": by";
    for (const auto& reviewer : status.decision->reviewers) note += " " + reviewer;
  }
  cluster_.announce(request, std::string(to_string(status.state)), std::move(note));
}

}  // namespace sallyport::engine
