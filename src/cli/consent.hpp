#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/failure.hpp"
#include "model/request.hpp"

// How a person says that they mean it.
namespace sallyport::cli {

// More than so many are only decided by their very number.
inline constexpr std::size_t kMostByYes = 10;

// What was said beforehand, for scripts.
struct Consent {
  bool yes = false;
  std::optional<std::size_t> yes_to;
};

enum class Question { none, yes_or_no, number };

// What is still to be asked before so many requests are decided; a failure where the consent is to another number, or
// nobody can be asked.
[[nodiscard]] Outcome<Question> question_for(std::size_t count, const Consent& consent, bool can_ask);

// "Approve gate-x as alice? [y/N] "; without a name, so many of them. What the guard would refuse without a
// policy comes first: "Guarded: node reach. Approve ...".
[[nodiscard]] std::string question_words(Question question, model::Verdict verdict, std::size_t count,
                                         std::string_view name, std::string_view self, std::string_view guarded);

// "node reach" of one request; "node reach, account in 2 of 3" of several; "" where the guard has nothing against any.
[[nodiscard]] std::string guarded_in(const std::vector<model::ApprovalRequest>& requests);

[[nodiscard]] bool is_consent(Question question, std::size_t count, std::string_view answer);

}  // namespace sallyport::cli
