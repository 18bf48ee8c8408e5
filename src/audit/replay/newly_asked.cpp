#include "audit/replay/newly_asked.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "json/json.hpp"
#include "policy/facts.hpp"

namespace sallyport::audit {
namespace {

using Modes = std::map<PolicyName, Asks>;

constexpr const char* kNoFacts = "the record does not tell by which facts policies were matched";
constexpr const char* kFactsCut = "the record does not hold all groups and labels by which policies are matched";
constexpr const char* kPlacesCut = "the record does not hold all places that the write changed";
constexpr const char* kNoEffects =
    "the record is of a version before effects, and does not tell what the write does in the cluster";
constexpr const char* kValues = "the values that decided this in the earlier version are not in the log";

constexpr std::size_t kMostPlaces = 3;
constexpr std::array<std::string_view, 2> kJudgedAlike = {"metadata.finalizers", "metadata.ownerReferences"};

Asks asks_of(const Modes& modes, const PolicyName& name) {
  const auto found = modes.find(name);
  return found == modes.end() ? Asks::nothing : found->second;
}

Modes modes_of(const policy::Match& match) {
  Modes modes;
  const auto add = [&](const auto& policies, Asks asks) {
    for (const auto* each : policies) modes[{each->ref.namespace_name, each->ref.name}] = asks;
  };
  add(match.audit, Asks::audit);
  add(match.warn, Asks::warn);
  add(match.enforce, Asks::enforce);
  add(match.invalid, Asks::refuse);
  return modes;
}

struct Bounds {
  Modes certain, possible;
};

std::optional<Bounds> bounds_of(const policy::PolicyIndex& policies, const Call& call, const policy::Facts& facts) {
  const auto match = policy::match_bounds(policies, call.envelope, call.agent, facts);
  if (!match) return std::nullopt;
  return Bounds{.certain = modes_of(match->certain), .possible = modes_of(match->possible)};
}

bool is_below(std::string_view path, std::string_view place) {
  return path.starts_with(place) &&
         (path.size() == place.size() || path[place.size()] == '.' || path[place.size()] == '[');
}

// What the API server writes into an object at each write.
bool is_bookkeeping(std::string_view path) {
  return is_below(path, "metadata.managedFields") || path == "metadata.resourceVersion" ||
         path == "metadata.generation";
}

bool is_judged_alike(const json::Path& path) {
  const auto text = to_string(path);
  return is_bookkeeping(text) || std::ranges::any_of(kJudgedAlike, [&](auto place) { return is_below(text, place); });
}

// What did the policies ask about before?
class Earlier {
 public:
  virtual ~Earlier() = default;
  [[nodiscard]] virtual std::optional<Bounds> of(const Call& call) const = 0;
};

class OtherPolicies : public Earlier {
 public:
  explicit OtherPolicies(std::vector<model::Policy> policies) : index_(std::move(policies)) {}
  [[nodiscard]] std::optional<Bounds> of(const Call& call) const override {
    return bounds_of(index_, call, *call.facts);
  }

 private:
  policy::PolicyIndex index_;
};

// The same policies, with what their presets took in an earlier version.
class OtherPresets : public Earlier {
 public:
  OtherPresets(const OlderPresets& presets, const std::vector<model::Policy>& policies)
      : as_recorded_(policies),
        certain_(presets.applied_to(policies, OlderPresets::Doubt::no)),
        possible_(presets.applied_to(policies, OlderPresets::Doubt::yes)) {}

  [[nodiscard]] std::optional<Bounds> of(const Call& call) const override {
    const auto& facts = *call.facts;
    // What a replica of that version has recorded are the presets as it had them.
    if (!facts.effects) return bounds_of(as_recorded_, call, facts);
    // A change of the object as a whole may be one of whatever place in it.
    auto at_least = facts, at_most = facts;
    std::erase_if(at_least.changed, [](const auto& path) { return path.empty(); });
    // Where somebody's next apply would have come to a Secret, SecretAccess took a change of whatever place in the pod.
    if (facts.moved) at_most.changed.emplace_back();
    auto least = bounds_of(certain_, call, at_least);
    auto most = bounds_of(possible_, call, at_most);
    if (!least || !most) return std::nullopt;
    Bounds bounds{.certain = std::move(least->certain), .possible = std::move(most->possible)};
    settle(call, bounds);
    return bounds;
  }

 private:
  // What hung on values and can be told all the same, since it goes by the same values today.
  static void settle(const Call& call, Bounds& bounds) {
    using model::Effect;
    const auto& facts = *call.facts;
    // A field or kind that nobody has looked at has every effect, whatever it does.
    if (facts.effects == model::Effects::all()) return;
    // A new pod that holds a Secret has come to one.
    if (call.envelope.operation == model::Operation::create && facts.effects->has(Effect::holds_secret)) {
      bounds.certain = bounds.possible;
    }
    // Nothing else has changed, so it is by these two that the write deletes, or does not.
    if (call.envelope.operation == model::Operation::update && !facts.changed_cut && !facts.moved &&
        std::ranges::all_of(facts.changed, is_judged_alike)) {
      if (facts.effects->has(Effect::deletes)) {
        bounds.certain = bounds.possible;
      } else {
        bounds.possible = bounds.certain;
      }
    }
  }

  policy::PolicyIndex as_recorded_, certain_, possible_;
};

Example example_of(const Place& at, const Call& call) {
  Example example{.at = at,
                  .namespace_name = call.envelope.namespace_name,
                  .name = call.envelope.name,
                  .effects = {},
                  .changed = {}};
  if (!call.facts) return example;
  if (call.facts->effects) example.effects = to_string(*call.facts->effects);
  for (const auto& path : call.facts->changed) {
    auto text = to_string(path);
    if (example.changed.size() < kMostPlaces && !is_bookkeeping(text)) example.changed.push_back(std::move(text));
  }
  return example;
}

class Differ {
 public:
  Differ(const policy::PolicyIndex& today, const Earlier& earlier) : today_(today), earlier_(earlier) {}

  void add(const Place& at, const Call& call) {
    ++diff_.calls;
    if (!call.facts) return add_untold(at, call, {}, kNoFacts);
    const auto now = bounds_of(today_, call, *call.facts);
    const auto before = earlier_.of(call);
    if (!now || !before) return add_untold(at, call, {}, kFactsCut);
    bool is_new = false, is_untold = false;
    for (const auto& [name, may_ask] : now->possible) {
      const auto asks = asks_of(now->certain, name);
      if (asks > asks_of(before->possible, name)) {
        is_new = true;
        add_row(at, call, name, asks);
      } else if (may_ask > asks_of(before->certain, name)) {
        is_untold = true;
        add_doubt(at, call, name, why_untold(call));
      }
    }
    diff_.newly += is_new ? 1 : 0;
    diff_.untold += is_untold && !is_new ? 1 : 0;
  }

  [[nodiscard]] PolicyDiff result(std::uint64_t dry_runs) && {
    diff_.dry_runs = dry_runs;
    for (auto& [key, row] : rows_) diff_.rows.push_back(std::move(row));
    for (auto& [key, doubt] : doubts_) diff_.doubts.push_back(std::move(doubt));
    std::ranges::sort(diff_.rows, [](const NewlyAsked& a, const NewlyAsked& b) {
      return std::tie(b.count, a.policy, a.agent, a.action) < std::tie(a.count, b.policy, b.agent, b.action);
    });
    std::ranges::sort(diff_.doubts, [](const Untold& a, const Untold& b) {
      return std::tie(b.count, a.policy, a.why) < std::tie(a.count, b.policy, b.why);
    });
    return std::move(diff_);
  }

 private:
  static const char* why_untold(const Call& call) {
    if (!call.facts->effects) return kNoEffects;
    return call.facts->changed_cut ? kPlacesCut : kValues;
  }

  void add_untold(const Place& at, const Call& call, const PolicyName& name, const char* why) {
    ++diff_.untold;
    add_doubt(at, call, name, why);
  }

  void add_doubt(const Place& at, const Call& call, const PolicyName& name, const char* why) {
    auto& doubt = doubts_[{name, why}];
    if (doubt.count++ == 0) doubt = {.policy = name, .why = why, .count = 1, .example = example_of(at, call)};
  }

  void add_row(const Place& at, const Call& call, const PolicyName& name, Asks asks) {
    const auto action = std::string(to_string(call.envelope.operation)) + " " + to_string(call.envelope.resource);
    auto& row = rows_[{name, call.agent, action}];
    if (row.count++ > 0) return;
    row = {.policy = name,
           .asks = asks,
           .agent = call.agent,
           .action = action,
           .count = 1,
           .example = example_of(at, call)};
  }

  const policy::PolicyIndex& today_;
  const Earlier& earlier_;
  PolicyDiff diff_;
  std::map<std::tuple<PolicyName, std::string, std::string>, NewlyAsked> rows_;
  std::map<std::pair<PolicyName, std::string>, Untold> doubts_;
};

bool has_rules_alone(const model::Policy& policy) {
  return std::ranges::none_of(policy.spec.actions, [](const auto& action) { return action.rules.empty(); });
}

// By what records of one action agree.
std::string key_of(const Call& call) {
  const auto& envelope = call.envelope;
  return call.agent + "\n" + std::string(to_string(envelope.operation)) + "\n" + to_string(envelope.resource) + "\n" +
         envelope.namespace_name + "\n" + envelope.name + "\n" +
         (call.facts ? json::write(policy::write_facts(*call.facts)) : "");
}

}  // namespace

std::string_view to_string(Asks asks) {
  constexpr std::array<std::string_view, 5> kWords = {"", "Audit", "Warn", "Enforce", "Refuse"};
  return kWords.at(static_cast<std::size_t>(asks));
}

PolicyDiff newly_asked(std::vector<model::Policy> today, const Before& before, const Histories& histories,
                       const WantedCall& wanted) {
  std::unique_ptr<Earlier> earlier;
  // A policy of rules alone asks as it did.
  if (before.presets != nullptr) std::erase_if(today, has_rules_alone);
  if (before.presets != nullptr) {
    earlier = std::make_unique<OtherPresets>(*before.presets, today);
  } else {
    earlier = std::make_unique<OtherPolicies>(before.policies);
  }
  const policy::PolicyIndex index(std::move(today));
  Differ differ(index, *earlier);
  // An action that was asked about is one request, however often it was tried; each try may have records besides.
  std::set<std::string> asked, seen;
  for (const auto& [uid, history] : histories.requests()) {
    if (!wanted(history.opened, history.call, to_string(history.request.key))) continue;
    asked.insert(key_of(history.call));
    differ.add(history.opened, history.call);
  }
  std::uint64_t dry_runs = 0;
  for (const auto& warning : histories.warnings()) {
    const auto& call = warning.call;
    if (!wanted(warning.at, call, "")) continue;
    if (!call.envelope.uid.empty() && !seen.insert(call.envelope.uid).second) continue;  // of another policy
    if (call.dry_run) {
      ++dry_runs;
    } else if (!asked.contains(key_of(call))) {
      differ.add(warning.at, call);
    }
  }
  return std::move(differ).result(dry_runs);
}

}  // namespace sallyport::audit
