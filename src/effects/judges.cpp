#include "effects/judges.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

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

// What goes by the whole write is found out once: a list may have a hundred thousand places.
bool Judges::says(Judge judge, const Value& before, const Value& after) {
  switch (judge) {
    case Judge::removed:
      return is_update() && !before.is_null() && !after.is_bool() && is_empty(after);
    case Judge::to_zero:
      // Clients of Go leave a zero out of a Scale.
      return is_zero(after) || (is_update() && before.is_number() && after.is_null());
    case Judge::tightened:
      return is_update() && is_tightened(before, after);
    default:
      auto& known = known_.at(static_cast<std::size_t>(judge));
      if (!known) known = find_out(judge);
      return *known;
  }
}

bool Judges::says_of_moved(Judge judge) {
  switch (judge) {
    case Judge::removed:
    case Judge::tightened:
    case Judge::finalizer_removed:
    case Judge::owner_added:
      return true;
    case Judge::to_zero:
    case Judge::no_execute:
      return false;  // what is taken away is none of these
    default:
      return says(judge, {}, {});
  }
}

bool Judges::find_out(Judge judge) const {
  const auto& [before, after] = std::tie(request_.old_object, request_.object);
  const auto either_side = [&](const auto& holds) { return holds(before) || holds(after); };
  switch (judge) {
    case Judge::finalizer_removed:
      return is_update() && !std::ranges::includes(written(after["metadata"]["finalizers"]),
                                                   written(before["metadata"]["finalizers"]));
    case Judge::owner_added:
      return is_update() && !std::ranges::includes(written(before["metadata"]["ownerReferences"]),
                                                   written(after["metadata"]["ownerReferences"]));
    case Judge::no_execute:
      return has_new_no_execute(before, after);
    case Judge::holds_secret:
      return either_side([](const Value& object) { return !secret_uses(pod_spec_in(object)).empty(); });
    case Judge::mounts_secret:
      return either_side([](const Value& object) { return !secret_volumes(pod_spec_in(object)).empty(); });
    case Judge::token_secret:
      return either_side(logs_in);
    case Judge::system_namespace:
      return std::ranges::find(kSystemNamespaces, request_.namespace_name) != kSystemNamespaces.end();
    case Judge::speaks:
      return either_side(speaks_of_us);
    default:
      return true;
  }
}

}  // namespace sallyport::effects
