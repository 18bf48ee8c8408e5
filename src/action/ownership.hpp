#pragma once

#include <string>
#include <vector>

#include "json/path.hpp"
#include "json/value.hpp"
#include "model/admission.hpp"

namespace sallyport::action {

// A field that a manager in metadata.managedFields owns after this write and did not own before, or no longer owns.
struct OwnershipChange {
  std::string manager;  // "kubectl (Apply)"
  std::string field;    // as text, one for each field
  json::Path path;      // of the field in the object; where that has no such field, of what is above it
  bool gained = false;
};

// What the write does to the owners of fields, beyond what follows from the values that it changes. A server-side apply
// removes what its manager alone owns and the file does not list, so who owns a field decides what somebody's next
// apply of an unchanged file does.
//
// What follows from a write: whoever owned a field whose value it changes loses it; its own manager (the options'
// fieldManager) gains the fields that it changes and, the first time that this manager applies, all that it applies.
[[nodiscard]] std::vector<OwnershipChange> ownership_changes(const model::AdmissionRequest& request);

// Puts these changes in the place of managedFields on both sides, so that they are compared and shown as any other.
void replace_managed_fields(const std::vector<OwnershipChange>& changes, json::Value& before, json::Value& after);

}  // namespace sallyport::action
