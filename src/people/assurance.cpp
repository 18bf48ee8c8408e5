#include "people/assurance.hpp"

namespace sallyport::people {

std::string_view to_string(Assurance assurance) {
  switch (assurance) {
    case Assurance::chat:
      return "Chat";
    case Assurance::session:
      return "Session";
    case Assurance::fresh:
      return "Fresh";
  }
  return "Chat";
}

std::optional<Assurance> parse_assurance(std::string_view text) {
  for (const auto each : {Assurance::chat, Assurance::session, Assurance::fresh})
    if (to_string(each) == text) return each;
  return {};
}

}  // namespace sallyport::people
