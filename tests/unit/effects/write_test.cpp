#include "effects/write.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::effects {
namespace {

using json::Value;
using model::Effect;
using model::Operation;

// "core/pods/exec"
model::Resource resource_of(std::string_view text) {
  const auto parts = split(text, '/');
  return {parts[0] == "core" ? std::string() : std::string(parts[0]), "v1", std::string(parts[1]),
          parts.size() > 2 ? std::string(parts[2]) : std::string()};
}

Operation operation_of(std::string_view text) {
  if (text == "create") return Operation::create;
  if (text == "update") return Operation::update;
  return text == "delete" ? Operation::del : Operation::connect;
}

model::AdmissionRequest write_of(const Value& written) {
  model::AdmissionRequest request;
  request.resource = resource_of(written["resource"].text());
  request.operation = operation_of(written["operation"].text());
  request.namespace_name = written["namespace"].is_null() ? "shop" : written["namespace"].text();
  request.object = written["after"];
  request.old_object = written["before"];
  if (request.operation == Operation::update) {
    for (auto* object : {&request.object, &request.old_object}) {
      if (object->is_null()) *object = Value::object();
    }
  }
  return request;
}

std::string joined(const Value& list) {
  std::vector<std::string> names;
  for (const auto& item : list.items()) names.emplace_back(item.text());
  std::ranges::sort(names, {}, [](const std::string& name) { return model::parse_effect(name); });
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// tests/data/writes.jsonl is an opinion by hand; tests/effects/writes.py is held to it as well.
TEST(EffectsOf, EachWriteOfTheListIsWhatPeopleSayItIs) {
  const char* tests = std::getenv("SALLYPORT_TESTS");
  ASSERT_NE(tests, nullptr) << "ctest sets it";
  std::ifstream file(std::string(tests) + "/data/writes.jsonl");
  std::string line;
  int count = 0;
  while (std::getline(file, line)) {
    const auto written = json::parse(line).value();
    const auto request = write_of(written);
    const auto found = effects_of(Table::shipped(), request);
    ++count;
    if (joined(written["effects"]) == "unclassified") {
      // Of a kind that others define nothing is newer than the table.
      EXPECT_EQ(found.unclassified.empty(), !Table::shipped().is_built_in(request.resource)) << line;
      continue;
    }
    EXPECT_EQ(to_string(found.effects), joined(written["effects"])) << line;
    const auto possible = possible_effects(Table::shipped(), request);
    EXPECT_EQ(possible | found.effects, possible) << "the envelope alone would let it pass: " << line;
  }
  EXPECT_GT(count, 80);
}

model::AdmissionRequest update_of(std::string_view resource, std::string_view before, std::string_view after) {
  model::AdmissionRequest request;
  request.resource = resource_of(resource);
  request.operation = Operation::update;
  request.namespace_name = "shop";
  request.old_object = json::parse(before).value();
  request.object = json::parse(after).value();
  return request;
}

TEST(EffectsOf, AFieldThatIsNewerThanTheTableMayDoAnything) {
  const auto found = effects_of(Table::shipped(), update_of("apps/deployments", R"({"spec":{}})",
                                                            R"({"spec":{"template":{"spec":{"fromTomorrow":1}}}})"));
  EXPECT_EQ(found.effects, model::Effects::all());
  EXPECT_EQ(found.unclassified, "spec.template.spec.fromTomorrow");
}

TEST(EffectsOf, ACustomKindHasWhatHoldsForEveryKindAndNothingIsNewInIt) {
  const auto found =
      effects_of(Table::shipped(), update_of("example.com/widgets", R"({"spec":{"a":1}})", R"({"spec":{"a":2}})"));
  EXPECT_TRUE(found.effects.empty());
  EXPECT_EQ(found.unclassified, "");
}

// No more than a few seconds with a sanitizer, where each place asked about the whole write it would be hours.
TEST(EffectsOf, AHundredThousandPlacesAreReadInOneGo) {
  auto before = json::parse(R"({"metadata":{"finalizers":[]}})").value();
  auto after = before;
  auto names = Value::array();
  for (int i = 0; i < 100'000; ++i) names.push("example.com/f" + std::to_string(i));
  after.find_mutable("metadata")->set("finalizers", std::move(names));
  model::AdmissionRequest request = update_of("core/configmaps", "{}", "{}");
  request.old_object = before;
  request.object = after;
  EXPECT_FALSE(effects_of(Table::shipped(), request).effects.has(Effect::deletes)) << "they hold it back";
  std::swap(request.old_object, request.object);
  EXPECT_TRUE(effects_of(Table::shipped(), request).effects.has(Effect::deletes));
}

TEST(EffectsOf, ALongKeyOfACustomKindIsNotWrittenForEachPlaceBelowIt) {
  auto items = Value::array();
  for (int i = 0; i < 50'000; ++i) items.push(0);
  auto spec = Value::object();
  spec.set(std::string(1 << 20, 'k'), std::move(items));
  model::AdmissionRequest request = update_of("example.com/widgets", "{}", "{}");
  request.operation = Operation::create;
  request.object.set("spec", std::move(spec));
  EXPECT_TRUE(effects_of(Table::shipped(), request).effects.empty());
}

TEST(EffectsOf, AnElementOfAListIsThereEvenIfItSaysNothing) {
  model::AdmissionRequest request =
      update_of("storage.k8s.io/csidrivers", "{}", R"({"spec":{"tokenRequests":[{"audience":""}]}})");
  request.operation = Operation::create;
  request.old_object = {};
  EXPECT_TRUE(effects_of(Table::shipped(), request).effects.has(Effect::issues_token));
}

TEST(EffectsOf, ABackupThatSaysNothingIsOneOfEverything) {
  model::AdmissionRequest request = update_of("velero.io/backups", "{}", R"({"spec":{}})");
  request.operation = Operation::create;
  EXPECT_TRUE(effects_of(Table::shipped(), request).effects.has(Effect::uses_secret));
}

TEST(EffectsOf, OwnersOfFieldsCountForWhatTheirNextApplyWouldDo) {
  constexpr auto kBefore =
      R"({"metadata":{"managedFields":[{"manager":"kubectl","operation":"Apply","apiVersion":"apps/v1","fieldsType":"FieldsV1",)"
      R"("fieldsV1":{"f:spec":{"f:paused":{}}}}]},"spec":{"paused":true}})";
  constexpr auto kAfter = R"({"metadata":{"managedFields":[]},"spec":{"paused":true}})";
  EXPECT_TRUE(
      effects_of(Table::shipped(), update_of("apps/deployments", kBefore, kAfter)).effects.has(Effect::runs_code));
}

TEST(ReadOnce, ReadsWhenSomebodyAsksAndGoesByWhatIsKnown) {
  const auto request = update_of("apps/deployments", R"({"spec":{"replicas":1}})", R"({"spec":{"replicas":2}})");
  const ReadOnce write(Table::shipped(), request);
  EXPECT_FALSE(write.known());
  EXPECT_TRUE(write.effects().has(Effect::runs_code));
  ASSERT_TRUE(write.known());
  EXPECT_EQ(&write.read(), &write.read());

  const ReadOnce known(Table::shipped(), request, WriteEffects{{Effect::traffic}, ""});
  EXPECT_EQ(known.effects(), model::Effects{Effect::traffic}) << "it is not read again";
}

model::Effects at(const model::AdmissionRequest& request, std::vector<json::Path::Step> place, const Value* before,
                  const Value* after) {
  return PlaceReader(Table::shipped(), request).at(place, before, after).effects;
}

TEST(PlaceReader, SaysWhatOnePlaceDoesByItsJudges) {
  const auto request = update_of("apps/deployments", "{}", "{}");
  const Value three(3), zero(0);
  EXPECT_EQ(at(request, {"spec", "replicas"}, &zero, &three), model::Effects{Effect::runs_code});
  EXPECT_EQ(at(request, {"spec", "replicas"}, &three, &zero), (model::Effects{Effect::runs_code, Effect::deletes}));
  EXPECT_TRUE(at(request, {"metadata", "name"}, &three, &zero).empty());
  EXPECT_EQ(at(request, {"spec", "ofTomorrow"}, &three, &zero), model::Effects::all());
  EXPECT_TRUE(at(request, {"kind"}, &three, &zero).empty());
}

TEST(PlaceReader, OfACreateCountsWhatIsNotNeutral) {
  model::AdmissionRequest request;
  request.resource = resource_of("core/pods");
  const Value none("default"), builder("builder");
  EXPECT_TRUE(at(request, {"spec", "serviceAccountName"}, nullptr, &none).empty());
  EXPECT_TRUE(at(request, {"spec", "serviceAccountName"}, nullptr, &builder).has(Effect::identity));
}

// It goes on from the place that it was asked about last.
TEST(PlaceReader, SaysTheSameWhateverItWasAskedBefore) {
  using Steps = std::vector<json::Path::Step>;
  const auto request = update_of("apps/deployments", "{}", "{}");
  const Steps pod = {"spec", "template", "spec"};
  std::vector<Steps> places = {
      {}, {"spec"}, {"spec", "replicas"}, pod, {"metadata", "labels", "a"}, {"spec", "new", "a"}};
  for (const auto& below : std::vector<Steps>{{"containers", std::size_t{0}, "image"},
                                              {"containers", std::size_t{0}, "env", std::size_t{1}, "value"},
                                              {"containers", std::size_t{1}, "image"},
                                              {"serviceAccountName"},
                                              {"containers", std::size_t{1}, "securityContext", "privileged"}}) {
    places.push_back(pod);
    places.back().insert(places.back().end(), below.begin(), below.end());
  }
  const Value one(1), two(2);
  PlaceReader reader(Table::shipped(), request);
  for (const auto& first : places) {
    for (const auto& then : places) {
      (void)reader.at(first, &one, &two);
      EXPECT_EQ(reader.at(then, &one, &two).effects, at(request, then, &one, &two));
    }
  }
}

TEST(PlaceReader, WhatLetsAnObjectGoDoesWhatItsDeletionDoes) {
  const auto request = update_of("rbac.authorization.k8s.io/roles", R"({"metadata":{"finalizers":["a/b"]}})", "{}");
  const Value finalizer("a/b");
  EXPECT_EQ(at(request, {"metadata", "finalizers"}, &finalizer, nullptr),
            Table::shipped().of_deletion(request.resource) | model::Effects{Effect::deletes});
}

}  // namespace
}  // namespace sallyport::effects
