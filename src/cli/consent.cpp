#include "cli/consent.hpp"

#include <algorithm>
#include <utility>

#include "action/phrases.hpp"
#include "cli/ink.hpp"
#include "cli/words.hpp"

namespace sallyport::cli {

Outcome<Question> question_for(std::size_t count, const Consent& consent, bool can_ask) {
  const std::string number = std::to_string(count);
  if (consent.yes_to) {
    if (*consent.yes_to == count) return Question::none;
    return failed(Exit::refused, "--yes-to says " + std::to_string(*consent.yes_to) + ", and there are " +
                                     count_words(count, "request") + ": nothing was decided");
  }
  const bool many = count > kMostByYes;
  if (consent.yes && many) {
    return failed(Exit::usage, "--yes is for " + std::to_string(kMostByYes) + " requests at most, and there are " +
                                   number + "; add --yes-to " + number);
  }
  if (consent.yes) return Question::none;
  if (!can_ask) {
    return failed(Exit::usage, "stdin is no terminal, so nobody can be asked; in scripts, add " +
                                   (many ? "--yes-to " + number : std::string("--yes")));
  }
  return many ? Question::number : Question::yes_or_no;
}

std::string question_words(Question question, model::Verdict verdict, std::size_t count, std::string_view name,
                           std::string_view self, std::string_view guarded) {
  const std::string what = count == 1 ? safe(name) : "these " + std::to_string(count) + " requests";
  const std::string whole = (guarded.empty() ? "" : "Guarded: " + std::string(guarded) + ". ") +
                            std::string(to_string(verdict)) + " " + what + (self.empty() ? "" : " as " + safe(self)) +
                            "? ";
  return question == Question::number ? whole + "Type their number: " : whole + "[y/N] ";
}

std::string guarded_in(const std::vector<model::ApprovalRequest>& requests) {
  std::vector<std::string> words;
  std::size_t concerned = 0;
  for (const auto& request : requests) {
    const auto* action = request.spec.action.kubernetes();
    if (action == nullptr || action->guarded.empty()) continue;
    ++concerned;
    for (const auto& rule : action->guarded) {
      auto word = safe(action::guard_words(rule));
      if (std::ranges::find(words, word) == words.end()) words.push_back(std::move(word));
    }
  }
  if (words.empty() || requests.size() == 1) return joined(words);
  return joined(words) + " in " + std::to_string(concerned) + " of " + std::to_string(requests.size());
}

bool is_consent(Question question, std::size_t count, std::string_view answer) {
  switch (question) {
    case Question::none:
      return true;
    case Question::yes_or_no:
      return answer == "y" || answer == "Y" || answer == "yes";
    case Question::number:
      return answer == std::to_string(count);
  }
  return false;
}

}  // namespace sallyport::cli
