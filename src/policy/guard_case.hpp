#pragma once

#include <optional>
#include <string>
#include <utility>

#include "json/value.hpp"
#include "model/admission.hpp"
#include "policy/guard.hpp"
#include "policy/guard_reads.hpp"
#include "policy/policy_index.hpp"

// What the guard's judges are asked about, and how they answer.
namespace sallyport::policy {

using Why = std::optional<std::string>;  // the end of a sentence ("it is Sallyport's"), or nothing against it

// A judge's answer: what it has against the write, or what it must know first.
struct Says {
  Says(Why against) : why(std::move(against)) {}
  Says(std::nullopt_t) {}
  Says(std::string against) : why(std::move(against)) {}
  Says(const char* against) : why(against) {}
  Says(GuardQuestion about) : question(std::move(about)) {}

  Why why;
  std::optional<GuardQuestion> question;
};

struct GuardCase {
  const GuardSettings& settings;
  const OwnVolumes* volumes;  // nullptr: nobody has looked yet
  const model::AdmissionRequest& request;
  const PolicyIndex& policies;
  const GuardReads& reads;

  // Asks about the object as it will be and as it was.
  template <typename Ask>
  Why either_side(Ask ask) const {
    for (const auto* object : {&request.object, &request.old_object}) {
      if (auto why = ask(*object)) return why;
    }
    return std::nullopt;
  }
};

}  // namespace sallyport::policy
