#include "policy/withdrawal.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "json/path.hpp"

namespace sallyport::policy {
namespace {

// By what path a change goes, as a text: few are allowed, and they are known.
bool is_bookkeeping(const json::Path& path) {
  const auto text = to_string(path);
  return text == "metadata.resourceVersion" || text == "metadata.generation" ||
         text.starts_with("metadata.managedFields");
}

bool is_withdrawing_review(const json::Value& review, const std::string& username) {
  return review["verdict"].text() == "Withdraw" && review["reviewer"].text() == username;
}

bool says_withdraw(const json::Change& change, const model::AdmissionRequest& request) {
  if (change.from != nullptr || change.to == nullptr) return false;  // only what is new
  const auto text = to_string(change.path);
  if (text == "spec.decision") return (*change.to)["verdict"].text() == "Withdraw";
  if (text == "spec.reviews") {
    return change.to->items().size() == 1 && is_withdrawing_review(change.to->items()[0], request.user.username);
  }
  const auto next = request.old_object["spec"]["reviews"].items().size();
  return text == "spec.reviews[" + std::to_string(next) + "]" &&
         is_withdrawing_review(*change.to, request.user.username);
}

}  // namespace

bool is_withdrawal(const model::AdmissionRequest& request) {
  const auto& resource = request.resource;
  if (resource.group != "sallyport.dev" || resource.resource != "approvalrequests" || !resource.subresource.empty() ||
      request.operation != model::Operation::update) {
    return false;
  }
  const auto changes = json::diff(request.old_object, request.object);
  const auto withdraws = [&](const json::Change& change) { return says_withdraw(change, request); };
  return std::ranges::any_of(changes, withdraws) && std::ranges::all_of(changes, [&](const json::Change& change) {
           return is_bookkeeping(change.path) || withdraws(change);
         });
}

}  // namespace sallyport::policy
