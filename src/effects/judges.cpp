#include "effects/judges.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

#include "effects/pod_carrier.hpp"
#include "json/json.hpp"

namespace sallyport::effects {
namespace {

using json::Value;

constexpr std::array<std::string_view, 3> kSystemNamespaces = {"kube-system", "kube-public", "kube-node-lease"};
constexpr std::array<std::string_view, 2> kLogins = {"kubernetes.io/service-account-token",
                                                     "bootstrap.kubernetes.io/token"};
constexpr std::string_view kAccountAnnotation = "kubernetes.io/service-account.name";

std::set<std::string> written(const Value& list) {
  std::set<std::string> texts;
  for (const auto& item : list.items()) texts.insert(json::write_canonical(item));
  return texts;
}

bool is_zero(const Value& value) {
  return value.is_number() && value.number() == 0;
}

bool is_tightened(const Value& before, const Value& after) {
  if (before.is_bool() || after.is_bool()) return after.truth();
  if (before.is_number() || after.is_number()) {
    return after.is_number() && (!before.is_number() || *after.number() < *before.number());
  }
  return true;
}

bool logs_in(const Value& secret) {
  return std::ranges::find(kLogins, secret["type"].text()) != kLogins.end() ||
         secret["metadata"]["name"].text().starts_with("bootstrap-token-") ||
         secret["metadata"]["annotations"].find(kAccountAnnotation) != nullptr;
}

bool has_new_no_execute(const Value& before, const Value& after) {
  const auto known = written(before["spec"]["taints"]);
  return std::ranges::any_of(after["spec"]["taints"].items(), [&](const Value& taint) {
    return taint["effect"].text() == "NoExecute" && !known.contains(json::write_canonical(taint));
  });
}

bool speaks_of_us(const Value& value) {
  return value.text().contains("sallyport") || std::ranges::any_of(value.items(), speaks_of_us) ||
         std::ranges::any_of(value.members(), [](const auto& member) { return speaks_of_us(member.value); });
}

}  // namespace

bool is_empty(const Value& value) {
  if (value.is_object()) return value.members().empty();
  if (value.is_array()) return value.items().empty();
  if (value.is_string()) return value.text().empty();
  return value.is_null() || (value.is_bool() && !value.truth());
}

bool Judges::holds_secret() {
  if (!holds_secret_) {
    holds_secret_ =
        !secret_uses(pod_spec_in(request_.old_object)).empty() || !secret_uses(pod_spec_in(request_.object)).empty();
  }
  return *holds_secret_;
}

bool Judges::mounts_secret() {
  if (!mounts_secret_) {
    mounts_secret_ = !secret_volumes(pod_spec_in(request_.old_object)).empty() ||
                     !secret_volumes(pod_spec_in(request_.object)).empty();
  }
  return *mounts_secret_;
}

bool Judges::says(Judge judge, const Value& before, const Value& after) {
  const auto& old_metadata = request_.old_object["metadata"];
  const auto& metadata = request_.object["metadata"];
  switch (judge) {
    case Judge::removed:
      return is_update() && !before.is_null() && !after.is_bool() && is_empty(after);
    case Judge::to_zero:
      return is_zero(after);
    case Judge::tightened:
      return is_update() && is_tightened(before, after);
    case Judge::finalizer_removed:
      return is_update() &&
             !std::ranges::includes(written(metadata["finalizers"]), written(old_metadata["finalizers"]));
    case Judge::owner_added:
      return is_update() &&
             !std::ranges::includes(written(old_metadata["ownerReferences"]), written(metadata["ownerReferences"]));
    case Judge::no_execute:
      return has_new_no_execute(request_.old_object, request_.object);
    case Judge::holds_secret:
      return holds_secret();
    case Judge::mounts_secret:
      return mounts_secret();
    case Judge::token_secret:
      return logs_in(request_.old_object) || logs_in(request_.object);
    case Judge::system_namespace:
      return std::ranges::find(kSystemNamespaces, request_.namespace_name) != kSystemNamespaces.end();
    case Judge::speaks:
      return speaks_of_us(request_.object) || speaks_of_us(request_.old_object);
  }
  return true;
}

bool Judges::says_of_moved(Judge judge) {
  switch (judge) {
    case Judge::removed:
    case Judge::finalizer_removed:
    case Judge::owner_added:
      return true;
    case Judge::to_zero:
    case Judge::tightened:
    case Judge::no_execute:
      return false;  // what is taken away is none of these
    default:
      return says(judge, {}, {});
  }
}

}  // namespace sallyport::effects
