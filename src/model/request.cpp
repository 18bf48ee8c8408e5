#include "model/request.hpp"

#include "model/words.hpp"

namespace sallyport::model {
namespace {

constexpr Words<7> kStates = {"Pending", "Approved", "Denied", "Expired", "Withdrawn", "Used", "Revoked"};
constexpr Words<5> kVerdicts = {"", "Approve", "Deny", "Withdraw", "Revoke"};

}  // namespace

std::string_view to_string(State state) {
  return word_of(kStates, state);
}
std::string_view to_string(Verdict verdict) {
  return word_of(kVerdicts, verdict);
}

std::optional<State> parse_state(std::string_view text) {
  return value_of<State>(kStates, text);
}

std::optional<Verdict> parse_verdict(std::string_view text) {
  if (text.empty()) return std::nullopt;  // "none" is what nobody says
  return value_of<Verdict>(kVerdicts, text);
}

}  // namespace sallyport::model
