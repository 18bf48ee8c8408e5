#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "engine/admission_call.hpp"
#include "engine/ask.hpp"
#include "engine/outcomes.hpp"
#include "engine/request_store.hpp"
#include "engine/seal.hpp"
#include "model/answer.hpp"
#include "model/log_record.hpp"
#include "model/request.hpp"

// What the engine writes to the log, event by event; docs/log-format.md describes each for auditors.
namespace sallyport::engine::records {

[[nodiscard]] model::LogRecord request_opened(const model::ApprovalRequest& request, const Ask& ask,
                                              const AdmissionCall& call, const std::optional<EarlierUse>& earlier,
                                              const std::optional<EarlierTry>& tried);
// `cooldown_until`: of a denial that it ends before its time; zero: it ends none.
[[nodiscard]] model::LogRecord request_deleted(const RequestStore::Entry& entry, Instant cooldown_until);
[[nodiscard]] model::LogRecord request_removed(const RequestStore::Entry& entry, std::string_view why);
// How an ended request ended, and why it need not be kept.
[[nodiscard]] json::Value end_of(const RequestStore::Entry& entry, std::string_view why);
// A review with all that it rests on. `event`: "review_stamped" or "review_accepted".
[[nodiscard]] model::LogRecord review(std::string_view event, const model::ApprovalRequest& request,
                                      const model::Review& review, const std::vector<std::string>& groups,
                                      const std::vector<model::Review>& before);
// A review that another replica has stamped, as it stands in etcd among all that are sealed there.
[[nodiscard]] model::LogRecord review_seen(const model::ApprovalRequest& request,
                                           const std::vector<model::Review>& reviews, std::size_t which);
[[nodiscard]] model::LogRecord review_refused(const model::ApprovalRequest& request, const model::User& reviewer,
                                              model::Verdict verdict, std::string_view why);
// How it is known who has called: by a certificate, or by the path alone, so that it may have been somebody else.
void add_caller(json::Value& fields, bool is_proven);
// Another replica has let the action through.
[[nodiscard]] model::LogRecord observed(const model::ApprovalRequest& request);
[[nodiscard]] model::LogRecord store_restored(std::string_view why, std::uint64_t resource_version,
                                              std::int64_t revoked);
[[nodiscard]] model::LogRecord forged(const model::ApprovalRequest& request, std::string_view what);
// Of another version of Sallyport, so that this one tells nothing of it.
[[nodiscard]] model::LogRecord unknown_form(const model::ApprovalRequest& request, std::string_view what);
[[nodiscard]] model::LogRecord forged_decision(const model::ApprovalRequest& request, std::string_view why);
[[nodiscard]] model::LogRecord intent(std::string_view id, std::string_view kind, const model::ApprovalRequest& base,
                                      json::Value more);
// What an intent was decided on, so that it can be decided again: when, by which reviews, on which approval.
void add_grounds(json::Value& fields, const model::ApprovalRequest& base, const Sealed& sealed, Instant now);
[[nodiscard]] model::LogRecord outcome(std::string_view id, std::string_view result,
                                       const model::ApprovalRequest& request);
// An answer to a gated action other than an allow on a grant (that one is its use's intent and outcome). Its field
// `count` says for how many re-sends of one waiting call it stands.
[[nodiscard]] model::LogRecord answered(const Ask& ask, const AdmissionCall& call, const model::Answer& answer,
                                        std::string_view request_name);
[[nodiscard]] model::LogRecord reentered(const Ask& ask, const AdmissionCall& call,
                                         const model::ApprovalRequest& request);

}  // namespace sallyport::engine::records
