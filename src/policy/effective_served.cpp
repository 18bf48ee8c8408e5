#include "policy/effective_served.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "json/path.hpp"
#include "policy/rules.hpp"

namespace sallyport::policy {
namespace {

using model::Resource;
using model::Served;
using model::ServedResource;
using model::ServedVersion;
using Found = std::vector<Ineffective>;

constexpr std::string_view kAny = "*";

// What may be served later, when its CustomResourceDefinition comes.
void add_for_now(Found& found, std::string reason, std::string message) {
  found.push_back({std::move(reason), std::move(message), true});
}

bool is_any(const std::vector<std::string>& listed) {
  return std::ranges::find(listed, kAny) != listed.end();
}

// What a rule's groups name, as far as they are served.
class Groups {
 public:
  Groups(const model::ResourceRule& rule, const Served& served) {
    for (const auto& [name, versions] : served.groups) {
      if (is_any(rule.api_groups) || std::ranges::find(rule.api_groups, name) != rule.api_groups.end())
        groups_.emplace_back(&name, &versions);
    }
  }

  [[nodiscard]] bool empty() const { return groups_.empty(); }
  // Some of it is not known, so that nothing can be said of what is missing.
  [[nodiscard]] bool is_unsure() const {
    return std::ranges::any_of(groups_, [](const auto& group) {
      return std::ranges::any_of(*group.second, [](const auto& version) { return !version.is_known; });
    });
  }

  // Calls `see` with the group's name, the version and the resource, for all of them.
  template <typename See>
  void each(See see) const {
    for (const auto& [name, versions] : groups_) {
      for (const auto& version : *versions) {
        for (const auto& resource : version.resources) see(*name, version, resource);
      }
    }
  }

 private:
  std::vector<std::pair<const std::string*, const std::vector<ServedVersion>*>> groups_;
};

bool has_part(const ServedResource& resource, std::string_view part) {
  return part.empty() || part == kAny ||
         std::ranges::any_of(resource.parts, [part](const auto& each) { return each.name == part; });
}

void check_groups(const PlacedRule& rule, const Served& served, Found& found) {
  for (const auto& group : rule.rule.api_groups) {
    if (group == kAny || served.groups.contains(group)) continue;
    const auto what = group == "core" ? "the core group is written \"\""
                                      : "mend the name, or make the CustomResourceDefinition that serves it";
    add_for_now(found, "MatchesNothing",
                rule.place + ".apiGroups: the API server serves no group \"" + group +
                    "\", so this matches nothing: " + what + ".");
  }
}

// Of one entry of `resources`: what is served of it.
struct Seen {
  bool resource = false, whole = false, in_namespaces = false;
  std::string singular_of;  // the plural of what it is the singular of
  std::set<std::string> versions;
};

Seen look_for(const std::string& text, const Groups& groups) {
  const auto named = split_resource(text);
  Seen seen;
  groups.each([&](const std::string& group, const auto& version, const auto& served) {
    if (served.singular == named.resource) seen.singular_of = served.name;
    if (named.resource != kAny && served.name != named.resource) return;
    seen.resource = true;
    if (!has_part(served, named.subresource)) return;
    seen.whole = true;
    // A Namespace is written in the namespace that it is.
    if (served.namespaced || (group.empty() && served.name == "namespaces")) seen.in_namespaces = true;
    seen.versions.insert(version.name);
  });
  return seen;
}

std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void check_resource(const PlacedRule& placed, const std::string& text, const Groups& groups, Found& found) {
  const auto& [rule, place, for_cluster] = placed;
  const auto seen = look_for(text, groups);
  if (!seen.resource) {
    add_for_now(found, "MatchesNothing",
                place + ".resources: the API server serves no " + text +
                    " in the groups that stand beside it, so this matches "
                    "nothing: " +
                    (seen.singular_of.empty() ? "mend the name or apiGroups" : "write " + seen.singular_of) + ".");
  } else if (!seen.whole) {
    add_for_now(found, "MatchesNothing",
                place + ".resources: the API server serves no " + text +
                    ", so this matches nothing: mend what stands after /.");
  } else if (!for_cluster && !seen.in_namespaces) {
    add_for_now(found, "MatchesNothing",
                place + ".resources: " + text +
                    " stand in no namespace, so a policy of one never matches them: write a ClusterApprovalPolicy.");
  } else if (!is_any(rule.api_versions) && std::ranges::none_of(rule.api_versions, [&](const auto& version) {
               return seen.versions.contains(version);
             })) {
    add_for_now(found, "VersionNotServed",
                place + ".apiVersions: the API server serves " + text + " as " + joined(seen.versions) +
                    " and in none of these versions: write \"*\".");
  }
}

// Where a write to the part shows in the object, so that it does what changedFields mean. Empty: anywhere.
std::vector<json::Path> places_of(std::string_view part) {
  const auto spec = json::Path() / "spec";
  if (part == "scale") return {spec / "replicas"};
  if (part == "ephemeralcontainers") return {spec / "ephemeralContainers"};
  if (part == "resize") return {spec / "containers", spec / "initContainers"};
  return {};
}

bool reaches(const model::ServedPart& part, const model::PolicyAction& action, const model::ResourceRule& rule) {
  const auto has = [&part](std::string_view verb) { return std::ranges::find(part.verbs, verb) != part.verbs.end(); };
  if (part.name == "eviction") return has("create") && covers(rule, model::Operation::del);
  if (part.name == "status" || (!has("update") && !has("patch"))) return false;
  if (!covers(rule, model::Operation::update)) return false;
  const auto places = places_of(part.name);
  return action.changed_fields.empty() || places.empty() ||
         std::ranges::any_of(action.changed_fields, [&](const auto& field) {
           return std::ranges::any_of(places, [&](const auto& place) { return field.touches(place); });
         });
}

}  // namespace

void check_served(const PlacedRule& placed, const Served& served, Found& found) {
  check_groups(placed, served, found);
  const Groups groups(placed.rule, served);
  if (groups.empty() || groups.is_unsure()) return;
  for (const auto& text : placed.rule.resources) check_resource(placed, text, groups, found);
}

void check_ways_around(const model::PolicyAction& action, const std::string& place, const Served& served,
                       const std::function<bool(const Resource&)>& is_asked, Found& found) {
  std::set<std::string> ways;
  for (const auto& rule : action.rules) {
    Groups(rule, served).each([&](const std::string& group, const auto& version, const auto& resource) {
      if (std::ranges::find(rule.resources, resource.name) == rule.resources.end()) return;
      for (const auto& part : resource.parts) {
        const Resource way{
            .group = group, .version = version.name, .resource = resource.name, .subresource = part.name};
        if (reaches(part, action, rule) && !is_asked(way)) ways.insert(resource.name + "/" + part.name);
      }
    });
  }
  if (ways.empty()) return;
  found.push_back({"WalkedAround", place + ".resourceRules: the same can be done by " + joined(ways) +
                                       ", which this policy does not ask about: name " +
                                       (ways.size() > 1 ? "them" : "it") + " among the resources."});
}

}  // namespace sallyport::policy
