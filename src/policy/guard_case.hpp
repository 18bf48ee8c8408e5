#pragma once

#include <optional>
#include <string>

#include "json/value.hpp"
#include "model/admission.hpp"
#include "policy/guard.hpp"
#include "policy/policy_index.hpp"

// What the guard's judges are asked about, and how they answer.
namespace sallyport::policy {

using Why = std::optional<std::string>;  // the end of a sentence ("it is Sallyport's"), or nothing against it

struct GuardCase {
  const GuardSettings& settings;
  const OwnVolumes* volumes;  // nullptr: nobody has looked yet
  const model::AdmissionRequest& request;
  const PolicyIndex& policies;

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
