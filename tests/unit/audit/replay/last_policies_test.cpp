#include "audit/replay/last_policies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/policy/fixtures.hpp"

namespace sallyport::audit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct TheLogs {
  Histories histories;
  std::map<std::string, std::uint64_t> seqs;

  void add(const std::string& stream, int minute, const std::string& event, const json::Value& fields) {
    const auto seq = ++seqs[stream];
    auto line = json::Value::object();
    line.set("seq", seq).set("stream", stream).set("event", event);
    line.set("time", "2026-11-21T10:" + std::string(minute < 10 ? "0" : "") + std::to_string(minute) + ":00Z");
    for (const auto& [key, value] : fields.members()) line.set(key, value);
    histories.add({.text = "", .line = std::move(line), .file = stream, .number = seq});
  }
  void start(const std::string& stream, int minute) {
    add(stream, minute, "configuration_loaded", json::Value::object().set("agents", json::Value::array()));
  }
  void tell(const std::string& stream, int minute, const std::string& change, const std::string& name,
            std::int64_t generation = 1, bool with_spec = true) {
    auto fields = json::Value::object();
    fields.set("change", change).set("kind", "ApprovalPolicy").set("namespace", "shop").set("name", name);
    fields.set("uid", "u").set("generation", generation);
    if (with_spec && change != "deleted") {
      fields.set("spec", policy::test::parsed(
                             R"({"enforcement":"Enforce","actions":[{"preset":"Exec"}],"approval":{"requirements":)"
                             R"([{"name":"owner","approvers":[{"kind":"User","name":"alice"}]}]}})"));
    }
    add(stream, minute, "policy", fields);
  }
  // "gate 2"
  [[nodiscard]] std::vector<std::string> last() const {
    std::vector<std::string> names;
    for (const auto& policy : last_policies(histories).policies) {
      names.push_back(policy.ref.name + " " + std::to_string(policy.ref.generation));
    }
    return names;
  }
};

TEST(LastPolicies, AreThoseOfTheLastChanges) {
  TheLogs logs;
  EXPECT_THAT(logs.last(), IsEmpty());
  logs.start("a", 0);
  logs.tell("a", 0, "listed", "gate");
  logs.tell("a", 1, "changed", "gate", 2);
  logs.tell("a", 2, "created", "other");
  EXPECT_THAT(logs.last(), ElementsAre("gate 2", "other 1"));
  logs.tell("a", 3, "deleted", "gate");
  EXPECT_THAT(logs.last(), ElementsAre("other 1"));
}

// What went while a replica was down it does not tell.
TEST(LastPolicies, AreWhatAReplicaListsAtItsLastStart) {
  TheLogs logs;
  logs.start("a", 0);
  logs.tell("a", 0, "listed", "gate");
  logs.start("a", 5);
  logs.tell("a", 5, "listed", "other");
  EXPECT_THAT(logs.last(), ElementsAre("other 1"));
}

TEST(LastPolicies, AreNotThoseOfAReplicaThatHasLongEnded) {
  TheLogs logs;
  logs.start("a", 0);
  logs.tell("a", 0, "listed", "gate");
  logs.start("b", 9);
  logs.tell("b", 9, "listed", "other");
  EXPECT_THAT(logs.last(), ElementsAre("other 1"));
}

TEST(LastPolicies, NameThoseWhoseSpecIsNotThere) {
  TheLogs logs;
  logs.start("a", 0);
  logs.tell("a", 0, "listed", "large", 1, false);
  EXPECT_THAT(last_policies(logs.histories).unread, ElementsAre("ApprovalPolicy shop/large"));
}

}  // namespace
}  // namespace sallyport::audit
