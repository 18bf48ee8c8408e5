#include "policy/guard_serving.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "policy/api_groups.hpp"
#include "policy/guard_facts.hpp"

namespace sallyport::policy {
namespace {

using json::Value;

// Every word by which kubectl finds our kinds, whichever of a kind's names it is given as.
constexpr auto kOwnNames = std::to_array<std::string_view>({
    "approvalrequests",
    "approvalrequest",
    "approvalrequestlist",
    "areq",
    "approvalpolicies",
    "approvalpolicy",
    "approvalpolicylist",
    "apol",
    "clusterapprovalpolicies",
    "clusterapprovalpolicy",
    "clusterapprovalpolicylist",
    "capol",
    "sallyport",
});

Why own_or_built_in(std::string_view group) {
  if (is_own_group(group)) return "it defines Sallyport's own API";
  if (!is_built_in_group(group)) return std::nullopt;
  return "the API server itself serves group \"" + std::string(group) + "\", and the gate stands on it";
}

// Names of both are "<version or plural>.<group>".
Why of_name(std::string_view name) {
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  return own_or_built_in(name.substr(dot + 1));
}

// By the name in the call, since an object may be none; by those in the object, since a deletecollection names none.
Why of_group(const GuardCase& it) {
  if (auto why = of_name(it.request.name)) return why;
  return it.either_side([](const Value& object) -> Why {
    if (auto why = of_name(object["metadata"]["name"].text())) return why;
    const auto group = object["spec"]["group"].text();
    return group.empty() ? std::nullopt : own_or_built_in(group);
  });
}

Why own_name_in(const Value& names) {
  const auto judge = [](std::string_view name) -> Why {
    if (std::ranges::find(kOwnNames, lower(name)) == kOwnNames.end()) return std::nullopt;
    return "it takes the name \"" + std::string(name) + "\", by which people find Sallyport's objects";
  };
  for (const std::string_view key : {"plural", "singular", "kind", "listKind"}) {
    if (auto why = judge(names[key].text())) return why;
  }
  for (const std::string_view key : {"shortNames", "categories"}) {
    for (const auto& name : names[key].items()) {
      if (auto why = judge(name.text())) return why;
    }
  }
  return std::nullopt;
}

}  // namespace

Says moves_api(const GuardCase& it) {
  return of_group(it);
}

Says takes_api(const GuardCase& it) {
  if (auto why = of_group(it)) return why;
  // What the API server answers by are the accepted names: a status that somebody writes.
  return it.either_side([](const Value& object) -> Why {
    if (auto why = own_name_in(object["spec"]["names"])) return why;
    return own_name_in(object["status"]["acceptedNames"]);
  });
}

Says changes_serving(const GuardCase&) {
  return "it decides what the API server serves";
}

}  // namespace sallyport::policy
