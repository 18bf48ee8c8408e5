#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

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

// "Approve gate-x as alice? [y/N] "; without a name, so many of them.
[[nodiscard]] std::string question_words(Question question, model::Verdict verdict, std::size_t count,
                                         std::string_view name, std::string_view self);

[[nodiscard]] bool is_consent(Question question, std::size_t count, std::string_view answer);

}  // namespace sallyport::cli
