#include "whatif/run.hpp"

#include <utility>

#include "policy/ruling.hpp"

namespace sallyport::whatif {

std::vector<TestResult> run_tests(const TestFile& file, std::vector<model::Policy> policies) {
  const auto& [scene, tests] = file;
  const policy::PolicyIndex index(std::move(policies), scene.effects);
  const policy::Guard guard({.own_namespace = "sallyport-system", .own_name = "sallyport", .agents = scene.agents});
  std::vector<TestResult> results;
  for (const auto& test : tests) {
    const auto& request = test.request;
    const auto* agent = model::find_agent(scene.agents, request.user);
    if (agent == nullptr) continue;  // read_tests lets no such test through
    const auto facts = namespace_in(scene, request.namespace_name);
    const auto* ns = request.namespace_name.empty() ? nullptr : &facts;
    const auto ruling = policy::rule_on({index.effects(), request}, *agent, ns,
                                        {index, guard, scene.guard_mode, policy::GuardReads::harmless()});
    results.push_back({test.name, test.expected, outcome_of(ruling), why_refused(ruling)});
  }
  return results;
}

}  // namespace sallyport::whatif
