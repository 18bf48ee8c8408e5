#include "engine/answers.hpp"

#include "engine/settings.hpp"

namespace sallyport::engine::answers {
namespace {

using model::Answer;
using model::Code;
using model::State;

std::string policy_names(const Ask& ask) {
  std::string names;
  for (const auto& policy : ask.terms.policies) {
    if (!names.empty()) names += ",";
    if (!policy.ref.namespace_name.empty()) names += policy.ref.namespace_name + "/";
    names += policy.ref.name;
  }
  return names;
}

std::string who_decides(const Ask& ask) {
  std::string text;
  for (const auto& policy : ask.terms.policies) {
    for (const auto& requirement : policy.approval.requirements) {
      std::string names;
      for (const auto& approver : requirement.approvers) names += (names.empty() ? "" : " or ") + approver.name;
      if (!text.empty()) text += " and ";
      text += std::to_string(requirement.count) + " of " + names;
    }
  }
  return text;
}

void add_request(Answer& answer, const Ask& ask, const model::RequestKey& key) {
  answer.tail.emplace_back("request", to_string(key));
  answer.tail.emplace_back("policy", policy_names(ask));
  answer.audit_annotations.emplace_back("request", to_string(key));
}

}  // namespace

Answer refuse(Code code, std::string sentence) {
  Answer answer;
  answer.code = code;
  answer.message = std::move(sentence);
  answer.audit_annotations.emplace_back("decision", std::string(to_string(code)));
  return answer;
}

Answer refuse_for_now(bool retries_429, Code code, std::string sentence) {
  auto answer = refuse(code, std::move(sentence));
  if (retries_429) {
    answer.status = 429;
    answer.retry_after = 1;
  }
  return answer;
}

Answer send_again(const AdmissionCall& call, Code code, std::string sentence) {
  auto answer = refuse_for_now(call.retries_429, code, std::move(sentence));
  answer.tail.emplace_back("retry", "same-digest");
  return answer;
}

Answer required(const Ask& ask, const RequestStore::Entry& entry, std::string_view why) {
  auto sentence = ask.action.summary + " needs approval by " + who_decides(ask) + ". " + std::string(why) +
                  "Wait with: kubectl wait areq/" + entry.key.name + " -n " + entry.key.namespace_name +
                  " --for=condition=Decided --timeout=1h; then send the same call again.";
  if (!ask.terms.message.empty()) sentence += " " + ask.terms.message;
  auto answer = refuse(Code::approval_required, std::move(sentence));
  add_request(answer, ask, entry.key);
  answer.tail.emplace_back("expires", format_instant(entry.expires_at));
  answer.tail.emplace_back("retry", "same-digest");
  return answer;
}

Answer required_dry_run(const Ask& ask) {
  auto answer = refuse(Code::approval_required, ask.action.summary + " would need approval by " + who_decides(ask) +
                                                    ". This is a dry run: no request was made.");
  answer.tail.emplace_back("policy", policy_names(ask));
  return answer;
}

Answer pending(const Ask& ask, const AdmissionCall& call, const RequestStore::Entry& entry) {
  auto answer = send_again(call, Code::approval_pending,
                           ask.action.summary + " still waits for approval by " + who_decides(ask) +
                               ". Send the same call again to go on waiting, or wait with: kubectl wait areq/" +
                               entry.key.name + " -n " + entry.key.namespace_name + " --for=condition=Decided.");
  add_request(answer, ask, entry.key);
  return answer;
}

Answer policies_changed(const AdmissionCall& call) {
  return send_again(call, Code::busy,
                    "The policies for this action have changed while the call waited; send it again.");
}

Answer asked_too_often(const Ask& ask, const RequestStore::Entry& denial, Duration cooldown) {
  auto answer = refuse(Code::approval_denied,
                       ask.action.summary + " is not asked about: request " + to_string(denial.key) +
                           " about the same object was denied, and agent " + ask.requester.agent + " has asked " +
                           std::to_string(kAsksAfterDenial) + " times about it since. Wait until " +
                           format_instant(denial.decided_at + cooldown) + ", or talk to the people who denied it.");
  add_request(answer, ask, denial.key);
  return answer;
}

Answer ended(const Ask& ask, const RequestStore::Entry& entry, Duration cooldown) {
  auto code = Code::approval_denied;
  auto sentence = ask.action.summary;
  switch (entry.state) {
    case State::expired:
      code = Code::approval_expired;
      sentence += " was not decided in time. Send the same call again to ask anew.";
      break;
    case State::withdrawn:
      code = Code::approval_withdrawn;
      sentence += ": its request was withdrawn. Send the same call again to ask anew.";
      break;
    case State::revoked:
      code = Code::approval_revoked;
      sentence += " had been approved, and the approval was revoked. Send the same call again to ask anew.";
      break;
    default:
      sentence += " was denied. The same call is refused without asking anybody until " +
                  format_instant(entry.decided_at + cooldown) + "; see why with: kubectl get areq " + entry.key.name +
                  " -n " + entry.key.namespace_name + " -o yaml.";
  }
  auto answer = refuse(code, std::move(sentence));
  add_request(answer, ask, entry.key);
  return answer;
}

Answer deleted(const model::RequestKey& key) {
  auto answer =
      refuse(Code::request_deleted, "The approval request " + to_string(key) +
                                        " was deleted while the call waited. Send the same call again to ask anew.");
  answer.audit_annotations.emplace_back("request", to_string(key));
  return answer;
}

Answer store_restored() {
  return refuse(Code::not_ready,
                "The cluster's store was put back to an earlier state, so the approvals that stand in it are being "
                "revoked. Send the same call again in a moment to ask anew.");
}

Answer used(const model::ApprovalRequest& request, const model::LogPosition& log) {
  Answer answer;
  answer.allowed = true;
  answer.code = Code::allowed;
  answer.audit_annotations = {{"request", to_string(request.key)},
                              {"decision", "Approved"},
                              {"log-stream", log.stream},
                              {"log-seq", std::to_string(log.seq)},
                              {"log-head", log.head}};
  return answer;
}

Answer allowed_dry_run(const model::RequestKey& key) {
  Answer answer;
  answer.allowed = true;
  answer.code = Code::allowed;
  answer.warnings.push_back("dry run: " + to_string(key) + " is approved; the real call will use it");
  return answer;
}

}  // namespace sallyport::engine::answers
