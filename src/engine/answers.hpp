#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "engine/admission_call.hpp"
#include "engine/ask.hpp"
#include "engine/outcomes.hpp"
#include "engine/request_store.hpp"
#include "model/answer.hpp"

// What an agent reads: what was refused, why, and what to do next, in short sentences. A command stands between
// backticks, and nothing else does, so that programs can copy it. The tail for programs is put behind on the wire.
namespace sallyport::engine::answers {

// A reviewer's words: on one line, escaped, not too long, in quotation marks.
[[nodiscard]] std::string quote(std::string_view words);

// Refused for good, as things stand: HTTP 403.
[[nodiscard]] model::Answer refuse(model::Code code, std::string sentence);
// What the call acts on is not there: HTTP 404, as the API server itself would have it.
[[nodiscard]] model::Answer not_found(std::string sentence);
// Refused for now: 429 with Retry-After, which client-go obeys by sending the same call again; 403 to clients that do
// not (`retries_429`).
[[nodiscard]] model::Answer refuse_for_now(bool retries_429, model::Code code, std::string sentence);
// The same where the call asks for what has a digest.
[[nodiscard]] model::Answer send_again(const AdmissionCall& call, model::Code code, std::string sentence);

// Why is for the people who run Sallyport (readiness, metrics); an agent can only come again.
[[nodiscard]] model::Answer not_ready();
[[nodiscard]] model::Answer log_unavailable(const Error& why);
[[nodiscard]] model::Answer policies_changed(const AdmissionCall& call);
[[nodiscard]] model::Answer required(const Ask& ask, const RequestStore::Entry& entry, std::string_view why);
[[nodiscard]] model::Answer would_ask(const Ask& ask);
// `asked`: the request that waits for people all the same.
[[nodiscard]] model::Answer refused_dry_run(const Ask& ask, const AdmissionCall& call,
                                            const RequestStore::Entry* asked = nullptr);
// Of a dry run by which people were asked about the real call.
[[nodiscard]] model::Answer asked_ahead(const Ask& ask, const RequestStore::Entry& entry);
[[nodiscard]] model::Answer pending(const Ask& ask, const AdmissionCall& call, const RequestStore::Entry& entry);
// The whole command has waited for as long as the policies say.
[[nodiscard]] model::Answer waited_enough(const Ask& ask, const RequestStore::Entry& entry);
[[nodiscard]] model::Answer asked_too_often(const Ask& ask, const RequestStore::Entry& denial, Duration cooldown);
[[nodiscard]] model::Answer differs_each_try(const Ask& ask, const EarlierTry& last);
[[nodiscard]] model::Answer ended(const Ask& ask, const RequestStore::Entry& entry, Duration cooldown);
// The API server did not take the request.
[[nodiscard]] model::Answer not_created(const Ask& ask, const model::RequestKey& key, const Error& why);
[[nodiscard]] model::Answer deleted(const model::RequestKey& key);
[[nodiscard]] model::Answer store_restored();
[[nodiscard]] model::Answer used(const model::ApprovalRequest& request, const model::LogPosition& log);
[[nodiscard]] model::Answer allowed_dry_run(const model::RequestKey& key);

}  // namespace sallyport::engine::answers
