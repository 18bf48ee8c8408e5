#pragma once

#include <string>
#include <vector>

#include "policy/guard.hpp"
#include "policy/match.hpp"
#include "unit/policy/fixtures.hpp"

// Rows of what the guard has against a write.
namespace sallyport::policy::test {

inline Guard guard(std::shared_ptr<const OwnVolumes> volumes = std::make_shared<OwnVolumes>()) {
  auto crowd = deployer();
  crowd.name = "crowd";
  crowd.service_accounts = {};
  crowd.namespaces = {"sandbox"};
  crowd.groups = {"robots"};
  crowd.users = {"ci-bot"};
  return Guard({"sallyport-system", "sallyport", {deployer(), crowd}}, std::move(volumes));
}

struct GuardRow {
  model::AdmissionRequest request;
  std::string found;  // "": nothing against it
};

inline GuardVerdict verdict_on(const Guard& guard, const model::AdmissionRequest& request,
                               const GuardReads& reads = GuardReads::harmless()) {
  const PolicyIndex policies({policy("p", {}, "guarded")});
  return guard.judge({policies.effects(), request}, policies, reads);
}

// The rule that refuses it: "own" is one of the first part, "others" one of the second.
inline std::string found(const Guard& guard, const model::AdmissionRequest& request,
                         const GuardReads& reads = GuardReads::harmless()) {
  std::string rule;
  for (const auto& finding : verdict_on(guard, request, reads).findings) {
    // A finding that the cheap look would have missed never comes about. What it sees of a pod, the tests of wire/ say.
    EXPECT_NE(guard.read_depth(request), ReadDepth::envelope);
    if (finding.rule != "node-reach") EXPECT_FALSE(guard.passes(request, selector_fields_of(request)));
    const bool is_own = finding.part == GuardFinding::Part::never;
    if (rule.empty() || is_own) rule = (is_own ? "own " : "others ") + finding.rule;
    if (is_own) break;
  }
  return rule;
}

inline void check(const std::vector<GuardRow>& rows, const Guard& by = guard()) {
  for (const auto& each : rows) {
    EXPECT_EQ(found(by, each.request), each.found)
        << to_string(each.request.operation) << " " << to_string(each.request.resource) << " " << each.request.name
        << " in " << each.request.namespace_name << " " << json::write(each.request.old_object) << " -> "
        << json::write(each.request.object);
  }
}

inline model::AdmissionRequest named(model::AdmissionRequest request, std::string name) {
  request.name = std::move(name);
  return request;
}

// One object that is made, changed into, changed from, changed in a part and deleted: the guard has this against each.
inline std::vector<GuardRow> in_every_way(const std::string& what, const std::string& object, const std::string& found,
                                          const std::string& ns = "") {
  return {{create(what, object, ns), found},       {update(what, "{}", object, ns), found},
          {update(what, object, "{}", ns), found}, {update(what + "/status", "{}", object, ns), found},
          {test::remove(what, object, ns), found}, {named(test::remove(what, object, ns), ""), found}};
}

}  // namespace sallyport::policy::test
