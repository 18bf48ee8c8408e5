#include <algorithm>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/match.hpp"
#include "unit/policy/fixtures.hpp"

// The index against going through all policies, on random policies and reviews drawn from few words, so that much
// meets.
namespace sallyport::policy {
namespace {

using model::AdmissionRequest;
using model::Operation;
using model::Policy;
using Words = std::vector<std::string>;

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  const std::string& one_of(const Words& words) { return words[below(words.size())]; }
  Words some_of(const Words& words) {
    Words some = {one_of(words)};
    if (one_in(3)) some.push_back(one_of(words));
    return some;
  }

 private:
  std::mt19937 random_;
};

const Words kGroups = {"", "apps", "batch"};
const Words kResources = {"pods", "deployments", "namespaces", "nodes", "configmaps"};
const Words kSubresources = {"", "", "", "status", "scale", "exec", "finalize"};
const Words kPatterns = {
    "pods",     "deployments",       "namespaces",          "nodes",    "*", "*/*", "pods/*", "*/scale",
    "*/status", "deployments/scale", "namespaces/finalize", "pods/exec"};
const Words kOperations = {"CREATE", "UPDATE", "DELETE", "CONNECT", "*"};
const Words kNamespaces = {"prod", "dev"};
const Words kKeys = {"a", "b"};
const Words kValues = {"1", "2", "3"};
const Words kFields = {"spec.x", "spec.list[*].y", "metadata.labels"};

model::Selector any_selector(Dice& dice) {
  model::Selector selector;
  while (dice.one_in(2) && selector.requirements.size() < 3) {
    using Operator = model::LabelRequirement::Operator;
    const auto op = static_cast<Operator>(dice.below(4));
    const bool has_values = op == Operator::in || op == Operator::not_in;
    selector.requirements.push_back({dice.one_of(kKeys), op, has_values ? dice.some_of(kValues) : Words{}});
  }
  return selector;
}

model::ResourceRule any_rule(Dice& dice) {
  auto groups = dice.one_in(3) ? Words{"*"} : dice.some_of(kGroups);
  return {std::move(groups), dice.one_in(2) ? Words{"*"} : Words{"v1"}, dice.some_of(kOperations),
          dice.some_of(kPatterns)};
}

Policy any_policy(Dice& dice, int number) {
  auto policy = test::policy("p" + std::to_string(number), {}, dice.one_in(2) ? "" : dice.one_of(kNamespaces));
  auto& spec = policy.spec;
  for (std::size_t i = 0; i <= dice.below(2); ++i) {
    auto& action = spec.actions.emplace_back();
    action.object_selector = any_selector(dice);
    if (dice.one_in(5)) {
      action.preset = static_cast<model::Preset>(dice.below(4));
      continue;
    }
    action.rules = {any_rule(dice)};
    if (dice.one_in(3)) action.rules.push_back(any_rule(dice));
    if (dice.one_in(3)) action.changed_fields = {test::path(dice.one_of(kFields))};
  }
  if (dice.one_in(6)) spec.except = {any_rule(dice)};
  if (dice.one_in(6)) spec.subjects = {{model::Subject::Kind::agent, dice.one_in(2) ? "deployer" : "other", ""}};
  if (policy.ref.namespace_name.empty()) spec.namespace_selector = any_selector(dice);
  if (dice.one_in(12)) policy.faults = {"for a test"};
  spec.enforcement = static_cast<model::Enforcement>(dice.below(3));
  return policy;
}

json::Value any_object(Dice& dice) {
  auto labels = json::Value::object();
  for (const auto& key : kKeys) {
    if (dice.one_in(2)) labels.set(key, dice.one_of(kValues));
  }
  json::Value item;
  item.set("y", static_cast<std::int64_t>(dice.below(2)));
  json::Value spec;
  spec.set("x", static_cast<std::int64_t>(dice.below(2))).set("list", json::Value().push(item));
  json::Value metadata;
  metadata.set("labels", labels);
  json::Value object;
  object.set("metadata", metadata).set("spec", spec);
  return object;
}

AdmissionRequest any_request(Dice& dice) {
  auto request = test::create("pods");
  request.resource = {dice.one_of(kGroups), dice.one_in(3) ? "v2" : "v1", dice.one_of(kResources),
                      dice.one_of(kSubresources)};
  request.operation = static_cast<Operation>(dice.below(4));
  request.namespace_name = dice.one_in(4) ? "" : dice.one_of(kNamespaces);
  request.object = request.operation == Operation::del ? json::Value() : any_object(dice);
  const bool has_old = request.operation == Operation::update || request.operation == Operation::del;
  request.old_object = has_old ? any_object(dice) : json::Value();
  return request;
}

Candidates everybody(const PolicyIndex& index) {
  Candidates all;
  for (const auto& each : index.compiled()) all.push_back(&each);
  return all;
}

struct World {
  World(unsigned seed, int policies) : dice(seed), index(draw(dice, policies)) {}

  static std::vector<Policy> draw(Dice& dice, int count) {
    std::vector<Policy> policies;
    for (int i = 0; i < count; ++i) policies.push_back(any_policy(dice, i));
    return policies;
  }

  Dice dice;
  PolicyIndex index;
};

void expect_equal(const Match& a, const Match& b, const AdmissionRequest& request) {
  const auto what =
      std::string(to_string(request.operation)) + " " + to_string(request.resource) + " in " + request.namespace_name;
  ASSERT_EQ(a.enforce, b.enforce) << what;
  ASSERT_EQ(a.warn, b.warn) << what;
  ASSERT_EQ(a.audit, b.audit) << what;
  ASSERT_EQ(a.invalid, b.invalid) << what;
  ASSERT_EQ(a.changed_fields.has_value(), b.changed_fields.has_value()) << what;
}

TEST(RandomPolicies, TheIndexFindsWhateverGoingThroughAllFinds) {
  std::size_t matches = 0;
  std::size_t spared = 0;
  for (unsigned seed = 1; seed <= 30; ++seed) {
    World world(seed, 25);
    const auto agent = test::deployer();
    for (int round = 0; round < 100; ++round) {
      const auto request = any_request(world.dice);
      const NamespaceFacts facts{
          request.namespace_name, "", {{world.dice.one_of(kKeys), world.dice.one_of(kValues)}}, false};
      const auto* ns = request.namespace_name.empty() || world.dice.one_in(8) ? nullptr : &facts;
      const auto fields = selector_fields_of(request);
      const auto expected = match(everybody(world.index), {world.index.effects(), request}, agent, ns);
      const auto with = world.index.candidates({world.index.effects(), request}, agent, ns, &fields);
      const auto without = world.index.candidates({world.index.effects(), request}, agent, ns, nullptr);
      expect_equal(match(with, {world.index.effects(), request}, agent, ns), expected, request);
      expect_equal(match(without, {world.index.effects(), request}, agent, ns), expected, request);
      ASSERT_TRUE(std::ranges::includes(without, with));

      const model::Envelope& envelope = request;  // that alone: a review that was read whole tells more
      const auto by_envelope = world.index.candidates(envelope, agent, ns, nullptr);
      const auto concern = world.index.read_depth(request, agent, ns);
      if (concern == ReadDepth::envelope) ASSERT_TRUE(by_envelope.empty());
      if (concern == ReadDepth::labels) {
        for (const auto* each : by_envelope) {
          ASSERT_EQ(concerns(*each, with_effects({request, agent, ns, nullptr}, world.index.effects())),
                    ReadDepth::labels);
        }
      }
      matches += expected.none() ? 0 : 1;
      spared += concern == ReadDepth::envelope ? 1 : 0;
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(matches, 1000u);
  EXPECT_GT(spared, 5u);
}

// A second implementation of what needs no content: rules, scope, labels, flips.
bool listed(const Words& words, const std::string& word) {
  return std::ranges::any_of(words, [&](const auto& each) { return each == "*" || each == word; });
}

bool covered(const model::ResourceRule& rule, const model::Resource& resource, const std::string& subresource) {
  if (!listed(rule.api_groups, resource.group)) return false;
  const auto full = resource.resource + (subresource.empty() ? "" : "/" + subresource);
  const Words wider = {full, "*/*", resource.resource + "/*", subresource.empty() ? "*" : "*/" + subresource};
  return std::ranges::any_of(rule.resources,
                             [&](const auto& each) { return std::ranges::find(wider, each) != wider.end(); });
}

bool picks(const model::Selector& selector, const json::Value& object) {
  return std::ranges::all_of(selector.requirements, [&](const model::LabelRequirement& requirement) {
    const auto* label = object["metadata"]["labels"].find(requirement.key);
    const bool in =
        label != nullptr && std::ranges::find(requirement.values, label->text()) != requirement.values.end();
    switch (requirement.op) {
      case model::LabelRequirement::Operator::in:
        return in;
      case model::LabelRequirement::Operator::not_in:
        return !in;
      case model::LabelRequirement::Operator::exists:
        return label != nullptr;
      case model::LabelRequirement::Operator::does_not_exist:
        return label == nullptr;
    }
    return false;
  });
}

bool expected_match(const Policy& policy, const AdmissionRequest& request, const NamespaceFacts* ns) {
  const auto& [ref, broken, spec] = policy;
  const auto& resource = request.resource;
  const bool readable =
      request.operation != Operation::connect && resource.subresource != "scale" && resource.subresource != "exec";
  const bool updates = readable && request.operation == Operation::update;
  const bool is_ns = resource.group.empty() && resource.resource == "namespaces";
  const auto picked = [&](const model::Selector& selector) {
    if (selector.empty() || !readable) return true;
    return (!request.object.is_null() && picks(selector, request.object)) ||
           (!request.old_object.is_null() && picks(selector, request.old_object));
  };
  const auto flips = [&](const model::Selector& selector) {
    return updates && picks(selector, request.object) != picks(selector, request.old_object);
  };
  if (!ref.namespace_name.empty() && ref.namespace_name != request.namespace_name) return false;
  if (ref.namespace_name.empty() && is_ns && !picked(spec.namespace_selector)) return false;
  if (ref.namespace_name.empty() && !is_ns && ns != nullptr) {
    auto labelled = json::Value::object();
    json::Value labels;
    for (const auto& label : ns->labels) labels.set(label.key, label.value);
    labelled.set("metadata", json::Value::object().set("labels", labels));
    if (!picks(spec.namespace_selector, labelled)) return false;
  }
  if (!broken.empty()) return true;
  if (!spec.subjects.empty() && spec.subjects[0].name != "deployer") return false;
  if (ref.namespace_name.empty() && is_ns && flips(spec.namespace_selector)) return true;
  const auto operation = std::string(to_string(request.operation));
  for (const auto& rule : spec.except) {
    if (listed(rule.operations, operation) && listed(rule.api_versions, resource.version) &&
        covered(rule, resource, resource.subresource)) {
      return false;
    }
  }
  return std::ranges::any_of(spec.actions, [&](const auto& action) {
    return std::ranges::any_of(action.rules, [&](const auto& rule) {
      const bool self = covered(rule, resource, resource.subresource);
      if (self && listed(rule.operations, operation) && picked(action.object_selector)) return true;
      return (self || covered(rule, resource, "")) && flips(action.object_selector);
    });
  });
}

TEST(RandomPolicies, MatchIsWhatTheDesignSays) {
  for (unsigned seed = 101; seed <= 130; ++seed) {
    Dice dice(seed);
    auto policies = World::draw(dice, 25);
    for (auto& policy : policies) {
      std::erase_if(policy.spec.actions, [](const auto& action) { return action.preset.has_value(); });
      for (auto& action : policy.spec.actions) action.changed_fields.clear();
    }
    const PolicyIndex index(policies);
    const auto agent = test::deployer();
    for (int round = 0; round < 100; ++round) {
      const auto request = any_request(dice);
      const NamespaceFacts facts{request.namespace_name, "", {{dice.one_of(kKeys), dice.one_of(kValues)}}, false};
      const auto* ns = request.namespace_name.empty() || dice.one_in(8) ? nullptr : &facts;
      const auto fields = selector_fields_of(request);
      const auto found = match(index.candidates({index.effects(), request}, agent, ns, &fields),
                               {index.effects(), request}, agent, ns);
      for (const auto& policy : index.policies()) {
        const auto is_in = [&](const auto& list) { return std::ranges::find(list, &policy) != list.end(); };
        const bool matched = is_in(found.enforce) || is_in(found.warn) || is_in(found.audit) || is_in(found.invalid);
        ASSERT_EQ(matched, expected_match(policy, request, ns))
            << "seed " << seed << ": " << policy.ref.name << " on " << to_string(request.operation) << " "
            << to_string(request.resource) << " in " << request.namespace_name;
      }
    }
  }
}

}  // namespace
}  // namespace sallyport::policy
