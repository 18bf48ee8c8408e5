#pragma once

#include <string>
#include <vector>

#include "policy/guard.hpp"
#include "unit/policy/fixtures.hpp"

// Rows of what the guard has against a write.
namespace sallyport::policy::test {

inline Guard guard(std::shared_ptr<const OwnVolumes> volumes = std::make_shared<OwnVolumes>()) {
  auto crowd = deployer();
  crowd.name = "crowd";
  crowd.service_accounts = {};
  crowd.namespaces = {"sandbox"};
  return Guard({"sallyport-system", "sallyport", {deployer(), crowd}}, std::move(volumes));
}

struct GuardRow {
  model::AdmissionRequest request;
  std::string found;  // "": nothing against it
};

inline std::string found(const Guard& guard, const model::AdmissionRequest& request) {
  const PolicyIndex policies({policy("p", {}, "guarded")});
  const auto finding = guard.judge(request, policies);
  if (!finding) return "";
  // A finding that the cheap look would have missed never comes about.
  EXPECT_NE(guard.read_depth(request), ReadDepth::envelope);
  EXPECT_FALSE(guard.passes(request, selector_fields_of(request)));
  return (finding->part == GuardFinding::Part::own_objects ? "own " : "identity ") + finding->rule;
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
