#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/value.hpp"
#include "model/answer.hpp"

// What we answer the API server with: AdmissionReviews that hold a response.
namespace sallyport::wire {

[[nodiscard]] std::string write_answer(std::string_view uid, const model::Answer& answer);

// The requests webhook's allow, with the JSON Patch it makes (a list of operations; empty: no change), and what its
// client prints.
[[nodiscard]] std::string write_mutation(std::string_view uid, const json::Value& operations,
                                         const std::vector<std::string>& warnings = {});

// The sentence, and behind it what programs read: "... [code=ApprovalRequired request=ns/name retry=same-digest]".
[[nodiscard]] std::string refusal_message(const model::Answer& answer);

}  // namespace sallyport::wire
