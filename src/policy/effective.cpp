#include "policy/effective.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "effects/line.hpp"
#include "policy/effective_served.hpp"
#include "policy/presets.hpp"
#include "policy/rules.hpp"

namespace sallyport::policy {
namespace {

using effects::Place;
using effects::Table;
using model::Effects;
using model::Resource;
using model::ResourceRule;
using Steps = std::vector<std::string>;
using Found = std::vector<Ineffective>;

constexpr std::size_t kDeepest = 24;  // beyond it, what a place has is taken from its last step

// Which may be ignored in any policy.
constexpr std::string_view kAlwaysIgnored[] = {"kubectl.kubernetes.io/restartedAt",
                                               "kubectl.kubernetes.io/last-applied-configuration"};

std::string at(const std::string& place, std::size_t index) {
  return place + "[" + std::to_string(index) + "]";
}

// The keys of a path that a policy names; places of lists are none. Nothing: they are written in another way.
std::optional<Steps> keys_of(std::string_view path) {
  std::string keys;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const auto end = path[i] == '[' && path.substr(i, 2) != "['" ? path.find(']', i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      keys += path[i];
    } else {
      i = end;
    }
  }
  auto steps = effects::read_steps(keys);
  return steps ? std::optional(std::move(*steps)) : std::nullopt;
}

std::optional<Place> find_place(const Table& table, const Resource& resource, const Steps& steps) {
  auto place = table.root_of(resource);
  for (const auto& step : steps) place = place.inside(step);
  if (!place.told() && !place.goes_deeper()) return std::nullopt;
  return place;
}

// What a change there or deeper does, whatever is written.
Effects certain_effects(const Place& place, std::size_t depth = 0) {
  Effects found;
  if (const auto told = place.told()) found |= told->effects();
  if (depth == kDeepest) return found;
  for (const auto& step : place.steps()) found |= certain_effects(place.inside(step), depth + 1);
  return found;
}

bool is_in_template(const Steps& steps) {
  return std::ranges::any_of(steps, [](const auto& step) { return step == "template" || step == "jobTemplate"; });
}

// How many run is often somebody else's to say: an autoscaler's.
Effects not_to_ignore(const Place& place, const Steps& steps) {
  Effects kept;
  for (const auto effect : certain_effects(place).list()) {
    if (effect != model::Effect::runs_code || is_in_template(steps)) kept |= {effect};
  }
  return kept;
}

// By name: what a preset asks about of other projects' kinds, of which the table has no single fields, is not told
// here.
bool names(const model::PolicyAction& action, const Resource& resource) {
  return std::ranges::any_of(action.rules, [&](const auto& rule) { return covers(rule, resource); });
}

bool is_about(const model::PolicyAction& action, const Table& table, const Resource& resource) {
  const auto covered = [&](const Rules& rules) {
    return std::ranges::any_of(rules, [&](const auto& rule) { return covers(rule, resource); });
  };
  if (!action.preset) {
    return action.effects.has_any_of(table.possible(resource, model::Operation::update)) || covered(action.rules);
  }
  const auto& meaning = meaning_of(*action.preset);
  return meaning.effects.has_any_of(table.possible(resource, model::Operation::update)) || covered(meaning.rules);
}

void check_ignored(const model::PolicySpec& spec, const Table& table, Found& found) {
  if (!spec.ignored_fields) return;
  for (const auto& pattern : *spec.ignored_fields) {
    const auto& text = pattern.text();
    const auto steps = keys_of(text);
    const bool is_always = std::ranges::any_of(kAlwaysIgnored, [&](auto key) { return text.contains(key); });
    if (is_always || !steps) continue;
    for (const auto& resource : table.resources()) {
      const auto place = find_place(table, resource, *steps);
      const auto asks = [&](const auto& action) {
        return place->is_open() ? names(action, resource) : is_about(action, table, resource);
      };
      if (!place || std::ranges::none_of(spec.actions, asks)) continue;
      const auto kept = not_to_ignore(*place, *steps);
      if (kept.empty()) continue;
      found.push_back({"IgnoresEffects", "spec.ignoredFields: " + text + " of " + to_string(resource) +
                                             " decides what a write does (" + to_string(kept) +
                                             "), so whoever has an approval can change it, and nobody is shown it: " +
                                             "take it out, or let a policy of its own ignore it for other resources."});
      break;
    }
  }
}

bool is_named(std::string_view word) {
  return !word.contains('*');
}

// Kubernetes' own kinds that a rule names in full. Nothing: it may name others.
std::optional<std::vector<Resource>> built_in_kinds(const ResourceRule& rule, const Table& table) {
  std::vector<Resource> kinds;
  for (const auto& group : rule.api_groups) {
    for (const auto& text : rule.resources) {
      const auto [resource, part] = split_resource(text);
      const Resource kind{.group = group, .version = "", .resource = std::string(resource), .subresource = ""};
      if (!is_named(group) || !is_named(resource) || !table.is_built_in(kind)) return std::nullopt;
      if (table.is_classified(kind, model::Operation::create)) kinds.push_back(kind);
    }
  }
  return kinds;
}

// Of several groups and resources not each pair has to be there. Needs no API server, so that it is told of a file,
// too.
void check_built_in(const ResourceRule& rule, const std::string& place, const Table& table, Found& found) {
  for (const auto& text : rule.resources) {
    auto alone = rule;
    alone.resources = {text};
    const auto kinds = built_in_kinds(alone, table);
    if (!kinds) continue;
    if (kinds->empty()) {
      found.push_back({"MatchesNothing", place + ".resources: Kubernetes has no " + text +
                                             " in the groups that stand beside it, that this "
                                             "Sallyport knows, so this matches nothing: mend the name or apiGroups."});
    } else if (std::ranges::all_of(*kinds, [&](const auto& kind) { return table.is_virtual(kind); })) {
      found.push_back({"MatchesNothing", place + ".resources: " + text +
                                             " stores nothing, and nobody is ever asked about it: take it out."});
    }
  }
}

void check_changed_fields(const model::PolicyAction& action, const std::string& place, const Table& table,
                          Found& found) {
  std::vector<Resource> kinds;
  for (const auto& rule : action.rules) {
    const auto named = built_in_kinds(rule, table);
    if (!named) return;
    kinds.insert(kinds.end(), named->begin(), named->end());
  }
  if (kinds.empty()) return;
  for (const auto& field : action.changed_fields) {
    const auto steps = keys_of(field.text());
    if (!steps) continue;
    if (std::ranges::any_of(kinds, [&](const auto& kind) { return find_place(table, kind, *steps).has_value(); }))
      continue;
    found.push_back(
        {"MatchesNothing", place + ".changedFields: " + to_string(kinds.front()) +
                               (kinds.size() > 1 ? " and the other resources of its rules have" : " has") +
                               " no field " + field.text() +
                               " that this Sallyport knows, so no change of it is asked about: mend the path."});
  }
}

void check_rule(const ResourceRule& rule, const std::string& place, bool for_cluster, const Surroundings& known,
                Found& found) {
  const auto before = found.size();
  check_built_in(rule, place, known.table, found);
  if (known.served != nullptr && found.size() == before) {
    check_served({rule, place, for_cluster}, *known.served, found);
  } else if (known.served == nullptr && std::ranges::find(rule.api_groups, "core") != rule.api_groups.end()) {
    found.push_back(
        {"MatchesNothing", place + ".apiGroups: the core group is written \"\", and there is none \"core\"."});
  }
}

// Agents are those of the chart's values. A user may be one by a group, which a name does not tell.
bool may_be_agent(const model::Subject& subject, const std::vector<model::Agent>& agents) {
  using Kind = model::Subject::Kind;
  const bool by_groups = std::ranges::any_of(agents, [](const auto& agent) { return !agent.groups.empty(); });
  switch (subject.kind) {
    case Kind::agent:
      return std::ranges::find(agents, subject.name, &model::Agent::name) != agents.end();
    case Kind::service_account: {
      const auto username = "system:serviceaccount:" + subject.namespace_name + ":" + subject.name;
      return by_groups || model::find_agent(agents, {.username = username}) != nullptr;
    }
    case Kind::user:
      return by_groups || model::find_agent(agents, {.username = subject.name}) != nullptr;
    case Kind::group:
      return true;  // agents that are listed by name have groups, too
  }
  return true;
}

void check_subjects(const model::PolicySpec& spec, const std::vector<model::Agent>& agents, Found& found) {
  for (std::size_t i = 0; i < spec.subjects.size(); ++i) {
    const auto& subject = spec.subjects[i];
    if (may_be_agent(subject, agents)) continue;
    std::string names;
    for (const auto& agent : agents) names += (names.empty() ? "" : ", ") + agent.name;
    found.push_back({"UnknownAgent", at("spec.subjects", i) + ": \"" + subject.name +
                                         "\" is no agent of this installation (" + names +
                                         "), so the policy is for nobody by it: mend the name, or add it to "
                                         "the chart's value agents."});
  }
}

bool asks_about(const model::PolicySpec& spec, const Table& table, const Resource& resource) {
  return std::ranges::any_of(spec.actions, [&](const auto& action) {
    return action.rules.empty() ? is_about(action, table, resource) : names(action, resource);
  });
}

}  // namespace

Found find_ineffective(const model::Policy& policy, const Surroundings& known) {
  const auto& spec = policy.spec;
  const auto& table = known.table;
  const bool for_cluster = policy.ref.namespace_name.empty();
  Found found;
  check_ignored(spec, table, found);
  for (std::size_t i = 0; i < spec.actions.size(); ++i) {
    const auto& action = spec.actions[i];
    const auto place = at("spec.actions", i);
    for (std::size_t rule = 0; rule < action.rules.size(); ++rule) {
      check_rule(action.rules[rule], at(place + ".resourceRules", rule), for_cluster, known, found);
    }
    check_changed_fields(action, place, table, found);
    if (known.served != nullptr) {
      check_ways_around(
          action, place, *known.served, [&](const auto& way) { return asks_about(spec, table, way); }, found);
    }
  }
  for (std::size_t i = 0; i < spec.except.size(); ++i) {
    check_rule(spec.except[i], at("spec.except", i), for_cluster, known, found);
  }
  if (known.agents != nullptr) check_subjects(spec, *known.agents, found);
  return found;
}

}  // namespace sallyport::policy
