#include "whatif/test_file.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "json/json.hpp"
#include "model/answer.hpp"
#include "whatif/action_sketch.hpp"
#include "whatif/caller.hpp"
#include "wire/admission.hpp"
#include "wire/fields.hpp"

namespace sallyport::whatif {
namespace {

using wire::Fault;
using wire::Fields;

constexpr std::string_view kNameLabel = "kubernetes.io/metadata.name";
constexpr const char* kNotGated = "not gated";

model::Agent read_agent(const Fields& fields) {
  fields.allow_only({"name", "users", "groups", "serviceAccounts", "namespaces", "retries429"});
  return {.name = fields.needed_text("name"),
          .users = fields.texts("users"),
          .groups = fields.texts("groups"),
          .service_accounts = fields.texts("serviceAccounts"),
          .namespaces = fields.texts("namespaces")};
}

policy::NamespaceFacts read_namespace(const Fields& fields) {
  fields.allow_only({"name", "labels", "terminating"});
  policy::NamespaceFacts facts{.name = fields.needed_text("name"), .terminating = fields.flag("terminating")};
  facts.labels.push_back({std::string(kNameLabel), facts.name});
  const Fields labels = fields.object("labels");
  for (const auto& [key, value] : labels.value().members()) facts.labels.push_back({key, labels.text(key)});
  return facts;
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::ranges::sort(names);
  return names;
}

Outcome read_expected(const Fields& test) {
  if (!test.has("expect")) {
    test.complain("expect", "is missing: gated, refused, warned, audited, or \"not gated\"");
    return {};
  }
  if (test.value()["expect"].is_string()) {
    if (test.text("expect") != kNotGated) test.complain("expect", "must be \"not gated\", or an object");
    return {};
  }
  const Fields expected = test.object("expect");
  expected.allow_only({"gated", "refused", "warned", "audited"});
  Outcome outcome{.refused = expected.text("refused"),
                  .gated = sorted(expected.texts("gated")),
                  .warned = sorted(expected.texts("warned")),
                  .audited = sorted(expected.texts("audited"))};
  constexpr std::array kRefusals = {model::Code::guarded, model::Code::policy_broken,
                                    model::Code::namespace_terminating};
  const bool known = std::ranges::any_of(kRefusals, [&](auto code) { return outcome.refused == to_string(code); });
  if (!outcome.refused.empty() && !known) {
    expected.complain("refused", "must be Guarded, PolicyBroken or NamespaceTerminating");
  }
  if (outcome == Outcome{}) test.complain("expect", "is empty: write \"not gated\"");
  return outcome;
}

// One test's action, from its review or manifests. Nothing: a fault says why it cannot be told.
class Actor {
 public:
  Actor(const Scene& scene, const Load& load, const Fields& test) : scene_(scene), load_(load), test_(test) {}

  std::optional<model::AdmissionRequest> request() const {
    const bool of_review = test_.has("review");
    if (of_review == (test_.has("manifest") || test_.has("was"))) {
      test_.complain("review", "or manifest must say what is done, and not both");
      return std::nullopt;
    }
    auto request = of_review ? reviewed() : sketch();
    if (request && model::find_agent(scene_.agents, request->user) == nullptr) {
      test_.complain("user", "\"" + request->user.username + "\" is none of the agents: only agents are gated");
    }
    return request;
  }

 private:
  // Who does it. Nobody named: the only agent.
  [[nodiscard]] std::optional<model::User> caller() const {
    if (test_.has("user")) return caller_named(test_.text("user"), test_.texts("groups"));
    if (!test_.has("agent") && scene_.agents.size() == 1) return caller_of(scene_.agents.front());
    const auto found = std::ranges::find(scene_.agents, test_.text("agent"), &model::Agent::name);
    if (found == scene_.agents.end()) {
      test_.complain("agent", test_.has("agent") ? "is none of the agents above" : "or user must say who does it");
      return std::nullopt;
    }
    auto user = caller_of(*found);
    if (!user.username.empty()) return user;
    test_.complain("user", "is needed: this agent is known by its groups alone");
    return std::nullopt;
  }

  // An object that stands there, or in the file that is named there.
  [[nodiscard]] std::optional<json::Value> object(const char* key) const {
    const auto& value = test_.value()[key];
    if (!value.is_string()) return value;
    auto loaded = load_(std::string(value.text()));
    if (loaded) return std::move(*loaded);
    test_.complain(key, loaded.error().message());
    return std::nullopt;
  }

  [[nodiscard]] std::optional<model::AdmissionRequest> reviewed() const {
    const auto review = object("review");
    if (!review) return std::nullopt;
    auto request = wire::read_admission(json::write(*review));
    if (!request) {
      test_.complain("review", request.error().message());
      return std::nullopt;
    }
    if (!test_.has("user") && !test_.has("agent")) return std::move(*request);
    auto user = caller();
    if (!user) return std::nullopt;
    request->user = std::move(*user);
    return std::move(*request);
  }

  [[nodiscard]] std::optional<model::AdmissionRequest> sketch() const {
    auto manifest = object("manifest"), was = object("was");
    auto user = caller();
    if (!manifest || !was || !user) return std::nullopt;
    ActionSketch sketch{.manifest = std::move(*manifest), .was = std::move(*was), .resource = test_.text("resource")};
    if (test_.has("operation")) {
      sketch.operation = test_.word("operation", model::parse_operation, model::Operation::create);
    }
    if (test_.has("namespace")) sketch.namespace_name = test_.text("namespace");
    sketch.name = test_.text("objectName");
    sketch.user = std::move(*user);
    auto request = admission_of(std::move(sketch));
    if (request) return std::move(*request);
    test_.complain("manifest", request.error().message());
    return std::nullopt;
  }

  const Scene& scene_;
  const Load& load_;
  const Fields& test_;
};

Test read_test(const Scene& scene, const Load& load, const Fields& fields) {
  fields.allow_only({"name", "agent", "user", "groups", "review", "manifest", "was", "operation", "resource",
                     "namespace", "objectName", "expect"});
  auto request = Actor(scene, load, fields).request();
  return {fields.needed_text("name"), request ? std::move(*request) : model::AdmissionRequest{}, read_expected(fields)};
}

}  // namespace

Result<TestFile> read_tests(const json::Value& document, const Load& load) {
  Fault fault;
  const Fields root(document, "", fault);
  root.allow_only({"agents", "namespaces", "guard", "effects", "tests"});
  TestFile file;
  file.scene.agents = root.list("agents", read_agent);
  if (file.scene.agents.empty()) root.complain("agents", "is missing: who the agents are, as in the chart's values");
  for (auto& facts : root.list("namespaces", read_namespace)) {
    file.scene.namespaces.insert_or_assign(facts.name, facts);
  }
  file.scene.guard_mode = root.word("guard", model::kEnforcementWords, model::Enforcement::enforce);
  if (auto table = table_with(document["effects"])) {
    file.scene.effects = std::move(*table);
  } else {
    return fail(table.error());
  }
  file.tests = root.list("tests", [&](const Fields& fields) { return read_test(file.scene, load, fields); });
  if (file.tests.empty()) root.complain("tests", "is missing");
  if (fault.any()) return fail(ErrorCode::bad_input, fault.text());
  return file;
}

Result<std::vector<model::Agent>> read_agents(const json::Value& document) {
  Fault fault;
  auto agents = Fields(document, "", fault).list("agents", read_agent);
  if (fault.any()) return fail(ErrorCode::bad_input, fault.text());
  return agents;
}

Result<effects::SharedTable> table_with(const json::Value& added) {
  const auto read = effects::read_added(added);
  if (!read) return fail(read.error());
  auto table = effects::Table::with(*read);
  if (!table) return fail(table.error());
  return std::make_shared<const effects::Table>(std::move(*table));
}

policy::NamespaceFacts namespace_in(const Scene& scene, const std::string& name) {
  const auto found = scene.namespaces.find(name);
  if (found != scene.namespaces.end()) return found->second;
  return {.name = name, .labels = {{std::string(kNameLabel), name}}};
}

}  // namespace sallyport::whatif
