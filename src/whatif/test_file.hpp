#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "effects/table.hpp"
#include "json/value.hpp"
#include "model/admission.hpp"
#include "model/identity.hpp"
#include "model/policy.hpp"
#include "policy/call.hpp"
#include "whatif/outcome.hpp"

namespace sallyport::whatif {

// What the actions of a test file are imagined in.
struct Scene {
  std::vector<model::Agent> agents;
  std::map<std::string, policy::NamespaceFacts> namespaces;  // a namespace that is not here has its name as its label
  model::Enforcement guard_mode = model::Enforcement::enforce;
  effects::SharedTable effects = effects::shipped_table();  // with what the installation adds
};

struct Test {
  std::string name;
  model::AdmissionRequest request;
  Outcome expected;
};

struct TestFile {
  Scene scene;
  std::vector<Test> tests;
};

// Gives the one document of a file that a test names.
using Load = std::function<Result<json::Value>(const std::string& file)>;

// Reads what `tests.yaml` holds (docs/policy-test.md). The error says where, and what stands wrong there.
[[nodiscard]] Result<TestFile> read_tests(const json::Value& document, const Load& load);

// The list `agents` of such a document, and of the chart's values. The error says what stands wrong in it.
[[nodiscard]] Result<std::vector<model::Agent>> read_agents(const json::Value& document);

// The shipped table of effects with what the chart's value `effects` adds to it; null: nothing.
[[nodiscard]] Result<effects::SharedTable> table_with(const json::Value& added);

// A namespace as the scene has it.
[[nodiscard]] policy::NamespaceFacts namespace_in(const Scene& scene, const std::string& name);

}  // namespace sallyport::whatif
