#include "admission/plan.hpp"

#include <algorithm>

#include "action/describe.hpp"
#include "action/left_out.hpp"
#include "action/secrets.hpp"
#include "json/value.hpp"

namespace sallyport::admission {
namespace {

using json::Value;

constexpr std::size_t kLongestId = 40;

bool is_id(std::string_view text) {
  const auto is_alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (text.empty() || text.size() > kLongestId) return false;
  if (!is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::ranges::all_of(text, [&](char c) { return is_alphanumeric(c) || c == '-'; });
}

// The member of that name below these, or null.
Value* below(Value& root, std::initializer_list<std::string_view> keys) {
  Value* at = &root;
  for (const auto key : keys) {
    at = at->is_object() ? at->find_mutable(key) : nullptr;
    if (at == nullptr) return nullptr;
  }
  return at;
}

void erase_if_empty(Value* parent, std::string_view key) {
  const auto* found = parent == nullptr ? nullptr : parent->find(key);
  if (found != nullptr && found->is_object() && found->members().empty()) parent->erase(key);
}

// That the write has it makes its manager the owner of it, and perhaps of the annotations as such.
void disown(Value& object, std::string_view annotation) {
  auto* const managers = below(object, {"metadata", "managedFields"});
  if (managers == nullptr || !managers->is_array()) return;
  const bool has_others = !object["metadata"]["annotations"].members().empty();
  for (auto& manager : managers->mutable_items()) {
    auto* const owned = below(manager, {"fieldsV1", "f:metadata", "f:annotations"});
    if (owned == nullptr || !owned->erase("f:" + std::string(annotation))) continue;
    if (!has_others && owned->members().size() == 1) owned->erase(".");
    auto* const metadata = below(manager, {"fieldsV1", "f:metadata"});
    erase_if_empty(metadata, "f:annotations");
    erase_if_empty(below(manager, {"fieldsV1"}), "f:metadata");
  }
}

// What the write sets an annotation to; the object then has what it had before.
std::string take(model::AdmissionRequest& request, std::string_view annotation) {
  auto* const annotations = below(request.object, {"metadata", "annotations"});
  const auto* const found = annotations == nullptr ? nullptr : annotations->find(annotation);
  if (found == nullptr) return "";
  const auto& before = request.old_object["metadata"]["annotations"][annotation];
  if (*found == before) return "";
  std::string text(found->text());
  if (before.is_null()) {
    annotations->erase(annotation);
    erase_if_empty(request.object.find_mutable("metadata"), "annotations");
  } else {
    // Whose it is does not change either: on neither side is it anybody's.
    annotations->set(annotation, before);
    disown(request.old_object, annotation);
  }
  disown(request.object, annotation);
  return text;
}

}  // namespace

Plan take_plan(model::AdmissionRequest& request) {
  const bool is_write = request.operation == model::Operation::create || request.operation == model::Operation::update;
  if (!request.dry_run || !is_write) return {};
  Plan plan{.id = take(request, kPlanAnnotation), .reason = {}};
  if (plan.id.empty()) return {};
  const auto reason = take(request, action::kReasonAnnotation);
  if (!is_id(plan.id)) return {};
  if (!action::is_secret(request)) plan.reason = action::shown_reason(reason);
  return plan;
}

}  // namespace sallyport::admission
