#pragma once

#include <string>
#include <string_view>

#include "cli/ink.hpp"
#include "model/request.hpp"
#include "wire/refusal.hpp"

// A refusal explained to whoever was refused.
namespace sallyport::cli {

// What a refusal's code means and what to do about it, whatever became of its request; for a code of another version,
// that it is not known.
[[nodiscard]] std::string code_words(std::string_view code);

// What the request's state now asks of the agent.
[[nodiscard]] std::string next_step(const model::ApprovalRequest& request, const Page& page);

// What the refusal says by itself, and how its request stands.
[[nodiscard]] std::string refusal_view(const wire::Refusal& refusal, const Page& page);
[[nodiscard]] std::string next_step_view(const model::ApprovalRequest& request, const Page& page);

}  // namespace sallyport::cli
