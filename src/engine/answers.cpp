#include "engine/answers.hpp"

#include <algorithm>

#include "action/escape.hpp"
#include "engine/settings.hpp"

namespace sallyport::engine::answers {
namespace {

using model::Answer;
using model::Code;
using model::State;

constexpr std::size_t kLongestQuote = 256;

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

// Programs copy what stands between backticks: only a command of ours may.
std::string without_backticks(std::string_view text) {
  std::string plain;
  for (const char c : text) c == '`' ? plain += "\\u0060" : plain += c;
  return plain;
}

// What the call asked for, as a sentence begins with it.
std::string what(const Ask& ask) {
  return without_backticks(ask.action.summary);
}

std::string wait_command(const model::RequestKey& key) {
  return "`kubectl wait areq/" + key.name + " -n " + key.namespace_name + " --for=condition=Decided --timeout=1h`";
}

std::string show_command(const model::RequestKey& key) {
  return "`kubectl get areq " + key.name + " -n " + key.namespace_name + " -o yaml`";
}

std::string said(const RequestStore::Entry& denial) {
  return denial.objection.empty() ? "" : " The reviewer says: " + denial.objection + ".";
}

// Of a command that asks something else at each try: the fields, whose names the agent may have chosen.
std::string asked_anew(const RequestStore::Entry& entry) {
  return entry.anew.empty() ? "" : " Note: " + without_backticks(entry.anew) + ".";
}

// Definitions of before have no room for it: 256 fields, 65,536 characters a value.
bool is_too_large_for_older_definitions(const model::ActionRecord& action) {
  constexpr std::size_t kMostFields = 256;
  constexpr std::size_t kLongestValue = 65'536;
  const auto is_long = [](const auto& value) { return value && value->size() > kLongestValue; };
  return action.changes.size() > kMostFields || std::ranges::any_of(action.changes, [&](const auto& change) {
           return is_long(change.from) || is_long(change.to);
         });
}

void add_request(Answer& answer, const Ask& ask, const model::RequestKey& key) {
  answer.tail.emplace_back("request", to_string(key));
  answer.tail.emplace_back("policy", policy_names(ask));
  answer.audit_annotations.emplace_back("request", to_string(key));
}

}  // namespace

std::string quote(std::string_view words) {
  auto line = without_backticks(words);
  std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  std::string quoted = "\"";
  for (const char c : action::show_text(line, kLongestQuote).text) {
    if (c == '"') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

Answer refuse(Code code, std::string sentence) {
  Answer answer;
  answer.code = code;
  answer.message = std::move(sentence);
  answer.audit_annotations.emplace_back("decision", std::string(to_string(code)));
  return answer;
}

Answer not_found(std::string sentence) {
  auto answer = refuse(Code::not_found, std::move(sentence));
  answer.status = 404;
  return answer;
}

Answer not_created(const Ask& ask, const model::RequestKey& key, const Error& why) {
  const bool older = why.code() == ErrorCode::bad_input && is_too_large_for_older_definitions(ask.action);
  return refuse(Code::cluster_unavailable,
                "Sallyport could not create the approval request " + to_string(key) + ": " +
                    without_backticks(why.message()) + ". " +
                    (older ? "The cluster's CustomResourceDefinition of ApprovalRequests is older than this Sallyport, "
                             "and has no room for a change of this size. Ask whoever runs Sallyport to upgrade it."
                           : "Send the same call again."));
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

Answer not_ready() {
  return refuse(Code::not_ready,
                "Sallyport cannot confirm the state of the cluster, so it cannot decide about this action. Nothing was "
                "changed, and no approval was used. Send the same call again in a minute. If it is refused again, tell "
                "the people who run Sallyport.");
}

Answer log_unavailable(const Error& why) {
  const auto reason = why.code() == ErrorCode::unavailable ? "" : " (" + why.message() + ")";
  return refuse(
      Code::log_unavailable,
      "Sallyport cannot write its log" + reason +
          ", so it allows nothing. Nothing was changed, and no approval was used. Send the same call again in "
          "a minute. If it is refused again, tell the people who run Sallyport.");
}

Answer required(const Ask& ask, const RequestStore::Entry& entry, std::string_view why) {
  auto sentence = what(ask) + " needs approval by " + who_decides(ask) + ". " + std::string(why) +
                  "Wait for the decision with " + wait_command(entry.key) + ". Then send the same call again.";
  sentence += asked_anew(entry);
  if (!ask.terms.message.empty()) sentence += " " + ask.terms.message;
  auto answer = refuse(Code::approval_required, std::move(sentence));
  add_request(answer, ask, entry.key);
  answer.tail.emplace_back("expires", format_instant(entry.expires_at));
  answer.tail.emplace_back("retry", "same-digest");
  return answer;
}

Answer would_ask(const Ask& ask) {
  Answer answer;
  answer.allowed = true;
  answer.code = Code::would_ask;
  answer.warnings.push_back(what(ask) + " would need approval by " + who_decides(ask) +
                            ". This is a dry run: nobody was asked. [code=" + std::string(to_string(answer.code)) +
                            " policy=" + policy_names(ask) + "]");
  answer.audit_annotations.emplace_back("decision", std::string(to_string(answer.code)));
  return answer;
}

Answer asked_ahead(const Ask& ask, const RequestStore::Entry& entry) {
  Answer answer;
  answer.allowed = true;
  answer.code = Code::would_ask;
  answer.warnings.push_back(
      what(ask) + " needs approval by " + who_decides(ask) +
      ". This is a dry run: they were asked about the real call. [code=" + std::string(to_string(answer.code)) +
      " request=" + to_string(entry.key) + (entry.plan.empty() ? "" : " plan=" + entry.plan) +
      " policy=" + policy_names(ask) + " expires=" + format_instant(entry.expires_at) + "]");
  answer.audit_annotations = {{"decision", std::string(to_string(answer.code))}, {"request", to_string(entry.key)}};
  return answer;
}

Answer refused_dry_run(const Ask& ask, const AdmissionCall& call, const RequestStore::Entry* asked) {
  const auto* why = call.shows_secret ? "its answer shows a Secret or a token" : "a policy refuses dry runs of it";
  const std::string following = asked == nullptr
                                    ? "Nobody was asked. Send the call without the dry run to ask."
                                    : "They were asked about the real call: wait for the decision with " +
                                          wait_command(asked->key) + ", then send the call without the dry run.";
  auto answer = refuse(Code::approval_required, what(ask) + " needs approval by " + who_decides(ask) +
                                                    ", and is refused as a dry run, because " + why + ". " + following);
  if (asked == nullptr) {
    answer.tail.emplace_back("policy", policy_names(ask));
    return answer;
  }
  add_request(answer, ask, asked->key);
  if (!asked->plan.empty()) answer.tail.emplace_back("plan", asked->plan);
  answer.tail.emplace_back("expires", format_instant(asked->expires_at));
  return answer;
}

Answer pending(const Ask& ask, const AdmissionCall& call, const RequestStore::Entry& entry) {
  auto answer = send_again(call, Code::approval_pending,
                           what(ask) + " still waits for approval by " + who_decides(ask) +
                               ". Send the same call again to keep waiting, or wait for the decision with " +
                               wait_command(entry.key) + "." + asked_anew(entry));
  add_request(answer, ask, entry.key);
  return answer;
}

Answer waited_enough(const Ask& ask, const RequestStore::Entry& entry) {
  auto answer =
      refuse(Code::approval_pending,
             what(ask) + " still waits for approval by " + who_decides(ask) + ". The call has waited for " +
                 format_duration(ask.terms.wait_for) + ", which is as long as the policy lets it (waitFor). " +
                 "Wait for the decision with " + wait_command(entry.key) + ". Then send the same call again.");
  add_request(answer, ask, entry.key);
  answer.tail.emplace_back("retry", "same-digest");
  return answer;
}

Answer policies_changed(const AdmissionCall& call) {
  return send_again(call, Code::busy,
                    "The policies for this action changed while the call waited. Send the same call again.");
}

Answer asked_too_often(const Ask& ask, const RequestStore::Entry& denial, Duration cooldown) {
  auto answer =
      refuse(Code::approval_denied,
             what(ask) + " was refused, and nobody was asked. Request " + to_string(denial.key) +
                 " about the same object was denied." + said(denial) + " Since then, agent " + ask.requester.agent +
                 " has asked " + std::to_string(kAsksAfterDenial) + " more times about that object. Wait until " +
                 format_instant(denial.decided_at + cooldown) + ", or talk to the people who denied it.");
  add_request(answer, ask, denial.key);
  return answer;
}

Answer differs_each_try(const Ask& ask, const EarlierTry& last) {
  auto answer = refuse(
      Code::differs_each_try,
      what(ask) + " was refused, and nobody was asked. The same command has asked " + std::to_string(last.in_row) +
          " times in a row, and something else each time, so that no approval of it would be used. What differs is " +
          without_backticks(last.differs) +
          ". Make that value once, outside of the command, or ask the people who maintain the policy to name the field "
          "in ignoredFields or to leave the object out. Until then such a command is refused for up to an hour.");
  add_request(answer, ask, last.key);
  return answer;
}

Answer ended(const Ask& ask, const RequestStore::Entry& entry, Duration cooldown) {
  auto code = Code::approval_denied;
  auto sentence = what(ask);
  switch (entry.state) {
    case State::expired:
      code = Code::approval_expired;
      sentence += " timed out: nobody decided in time. Send the same call again to ask again.";
      break;
    case State::withdrawn:
      code = Code::approval_withdrawn;
      sentence += " was not decided: its request was withdrawn. Send the same call again to ask again.";
      break;
    case State::revoked:
      code = Code::approval_revoked;
      sentence += " was approved, and the approval was revoked. Send the same call again to ask again.";
      break;
    default:
      sentence += " was denied." + said(entry) + " The same call is refused until " +
                  format_instant(entry.decided_at + cooldown) + ", and nobody is asked. Read the decision with " +
                  show_command(entry.key) + ".";
  }
  auto answer = refuse(code, std::move(sentence));
  add_request(answer, ask, entry.key);
  return answer;
}

Answer deleted(const model::RequestKey& key) {
  auto answer = refuse(Code::request_deleted, "The approval request " + to_string(key) +
                                                  " was deleted while the call waited. Send the same call again to ask "
                                                  "again.");
  answer.audit_annotations.emplace_back("request", to_string(key));
  return answer;
}

Answer store_restored() {
  return refuse(Code::not_ready,
                "The cluster's data was restored to an earlier state, and Sallyport is revoking all approvals. Nothing "
                "was changed, and no approval was used. Send the same call again in a minute to ask again.");
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
  answer.warnings.push_back("dry run: " + to_string(key) +
                            " is approved; the real call will use it [code=Allowed request=" + to_string(key) + "]");
  return answer;
}

}  // namespace sallyport::engine::answers
