#pragma once

#include <optional>
#include <string_view>

namespace sallyport::people {

// How sure it is that this person decided this; each is more than the one before. Chat: a click by a linked chat
// account. Session: somebody who has logged in, by kubectl or the page. Fresh: a new login for this one decision.
enum class Assurance { chat, session, fresh };

[[nodiscard]] std::string_view to_string(Assurance assurance);  // "Chat", "Session", "Fresh"
[[nodiscard]] std::optional<Assurance> parse_assurance(std::string_view text);

}  // namespace sallyport::people
