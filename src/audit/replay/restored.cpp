#include "audit/replay/restored.hpp"

#include <set>
#include <string_view>

#include "audit/complaints.hpp"
#include "audit/read_logs.hpp"
#include "engine/outcomes.hpp"

namespace sallyport::audit {
namespace {

using model::State;

std::string text(const json::Value& line, std::string_view key) {
  return std::string(line[key].text());
}

model::Decision decision_of(const LoggedStep& step, const model::RequestSpec& spec) {
  model::Decision decision{.verdict = model::parse_state(step.line["verdict"].text()).value_or(State::denied),
                           .reason = text(step.line, "reason"),
                           .decided_at = step.as_of};
  for (const auto& reviewer : step.line["reviewers"].items()) decision.reviewers.emplace_back(reviewer.text());
  if (decision.verdict == State::approved) decision.valid_until = step.as_of + engine::valid_for(spec.policies);
  return decision;
}

bool is_called(std::string_view request, std::string_view name) {
  return request == name || (!name.contains('/') && request.substr(request.find('/') + 1) == name);
}

}  // namespace

void apply(const LoggedStep& step, model::ApprovalRequest& request) {
  const auto kind = step.line["kind"].text();
  const model::LogPosition log{.stream = step.at.stream, .seq = step.at.seq, .head = ""};
  auto& status = request.status;
  if (kind == "decision") {
    status.decision = decision_of(step, request.spec);
    status.decision->log = log;
    status.state = status.decision->verdict;
  } else if (kind == "use") {
    status.uses.push_back({.time = step.as_of, .admission_uid = text(step.line, "admission_uid"), .log = log});
    if (status.uses.size() >= model::uses_allowed(request.spec.policies)) status.state = State::used;
  } else if (kind == "revocation") {
    status.state = State::revoked;
    status.revocation = model::Revocation{
        .by = text(step.line, "by"), .reason = text(step.line, "reason"), .time = step.as_of, .log = log};
  } else if (kind == "expiry") {
    status.state = State::expired;
  }
}

model::ApprovalRequest restored(const History& history) {
  auto request = history.request;
  request.created = history.opened.time;
  for (const auto& logged : history.reviews) request.spec.reviews.push_back(logged.review);
  for (const auto& step : history.steps) {
    if (step.fate == LoggedStep::Fate::landed) apply(step, request);
  }
  return request;
}

Result<model::ApprovalRequest> request_in_logs(const std::vector<std::string>& places, const std::string& name) {
  Histories histories;
  std::set<std::string> called;
  const auto unreadable = read_logs(places, [&](const Record& record) {
    const auto request = text(record.line, "request");
    if (request.empty() || !is_called(request, name)) return;
    called.insert(request);
    histories.add(record);
  });
  histories.close();
  const bool complained = complain(unreadable);
  if (called.size() > 1) {
    std::string all;
    for (const auto& each : called) all += (all.empty() ? "" : ", ") + each;
    return fail(ErrorCode::conflict, "these logs hold several requests of that name: " + all);
  }
  const History* last = nullptr;
  for (const auto& [uid, history] : histories.requests()) {
    if (last == nullptr || last->opened < history.opened) last = &history;
  }
  if (last != nullptr && last->why_unreadable.empty()) return restored(*last);
  if (last != nullptr) return fail(ErrorCode::unavailable, "its record cannot be read: " + last->why_unreadable);
  if (!called.empty()) return fail(ErrorCode::not_found, "these logs do not tell how request " + name + " was opened");
  return fail(complained ? ErrorCode::unavailable : ErrorCode::not_found,
              "what could be read of these logs holds no request " + name);
}

}  // namespace sallyport::audit
