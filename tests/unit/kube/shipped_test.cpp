#include "kube/shipped.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::kube {
namespace {

json::Value parsed(std::string_view text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value) << text;
  return std::move(*value);
}

const ShippedPart kGate{
    kGateRole, kValidatingWebhooks, "sallyport-gate", "webhooks",
    parsed(
        R"([{"name":"gate.sallyport.dev","clientConfig":{"service":{"name":"hook","port":9443}},"failurePolicy":"Fail",
                "namespaceSelector":{},"matchConditions":[{"name":"a","expression":"b"}]}])")};

json::Value live(const std::string& webhooks, const std::string& metadata = "{}") {
  return parsed(R"({"metadata":)" + metadata + R"(,"webhooks":)" + webhooks + "}");
}

std::string webhook(const std::string& policy = "Fail", const std::string& selector = "{}",
                    const std::string& conditions = R"([{"name":"a","expression":"b"}])",
                    const std::string& service = R"({"name":"hook","port":9443,"path":"/x/admit"})",
                    const std::string& more = "") {
  return R"({"name":"gate.sallyport.dev","failurePolicy":")" + policy + R"(","namespaceSelector":)" + selector +
         R"(,"matchConditions":)" + conditions + R"(,"clientConfig":{"caBundle":"Q0E=","service":)" + service + "}" +
         more + "}";
}

TEST(Shipped, PathAndCaAreTheProgramsOwn) {
  EXPECT_EQ(difference(kGate, {}, live("[" + webhook() + "]")), std::nullopt);
  EXPECT_EQ(difference(kGate, {}, live("[" + webhook() + "]", R"({"labels":{"a":"b"},"managedFields":[{}]})")),
            std::nullopt);
}

TEST(Shipped, EverythingElseDiffers) {
  const std::string fine = webhook();
  const std::pair<std::string, std::string> rows[] = {
      {"[" + webhook("Ignore") + "]", "webhooks[0].failurePolicy"},
      {"[" + webhook("Fail", R"({"matchLabels":{"a":"b"}})") + "]", "webhooks[0].namespaceSelector.matchLabels"},
      {"[" + webhook("Fail", "{}", R"([{"name":"a","expression":"false"}])") + "]",
       "webhooks[0].matchConditions[0].expression"},
      {"[" + webhook("Fail", "{}", R"([{"name":"a","expression":"b"},{"name":"c","expression":"false"}])") + "]",
       "webhooks[0].matchConditions[1]"},
      {"[" + webhook("Fail", "{}", "[]") + "]", "webhooks[0].matchConditions[0]"},
      {"[" + webhook("Fail", "{}", R"([{"name":"a","expression":"b"}])", R"({"name":"mine","port":9443})") + "]",
       "webhooks[0].clientConfig.service.name"},
      {"[" +
           webhook("Fail", "{}", R"([{"name":"a","expression":"b"}])", R"({"name":"hook","port":9443})",
                   R"(,"matchPolicy":"Exact")") +
           "]",
       "webhooks[0].matchPolicy"},
      {"[" + fine + "," + fine + "]", "webhooks[1]"},
      {"[]", "webhooks[0]"},
  };
  for (const auto& [webhooks, where] : rows) EXPECT_EQ(difference(kGate, {}, live(webhooks)), where) << webhooks;
  EXPECT_EQ(difference(kGate, {}, live("[" + fine + "]", R"({"ownerReferences":[{"name":"x"}]})")),
            "metadata.ownerReferences");
  EXPECT_EQ(difference(kGate, {}, parsed(R"({"metadata":{}})")), "webhooks");
}

TEST(Shipped, OnlyTheVeryChangeIsTolerated) {
  ShippedGate gate;
  gate.tolerated.push_back({"namespaceSelector", parsed(R"({"matchLabels":{"cloud":"yes"}})")});
  EXPECT_EQ(difference(kGate, gate, live("[" + webhook("Fail", R"({"matchLabels":{"cloud":"yes"}})") + "]")),
            std::nullopt);
  EXPECT_EQ(difference(kGate, gate, live("[" + webhook() + "]")), std::nullopt);
  EXPECT_TRUE(difference(kGate, gate, live("[" + webhook("Fail", R"({"matchLabels":{"cloud":"no"}})") + "]")));
  EXPECT_TRUE(difference(kGate, gate, live("[" + webhook("Ignore", R"({"matchLabels":{"cloud":"yes"}})") + "]")));
}

TEST(Shipped, ThePatchMendsWhatDiffersAndNothingElse) {
  EXPECT_EQ(json::write(mending_patch(kGate, live("[" + webhook("Ignore") + "]"))),
            R"([{"op":"add","path":"/webhooks/0/failurePolicy","value":"Fail"}])");
  EXPECT_EQ(
      json::write(mending_patch(kGate, live("[" +
                                            webhook("Fail", "{}", R"([{"name":"a","expression":"b"}])",
                                                    R"({"name":"hook","port":9443})", R"(,"matchPolicy":"Exact")") +
                                            "]"))),
      R"([{"op":"remove","path":"/webhooks/0/matchPolicy"}])");
  const auto whole =
      mending_patch(kGate, live("[" + webhook() + "," + webhook() + "]", R"({"ownerReferences":[{"name":"x"}]})"));
  EXPECT_EQ(whole.items()[0]["path"].text(), "/metadata/ownerReferences");
  EXPECT_EQ(whole.items()[1]["value"], kGate.content);
}

}  // namespace
}  // namespace sallyport::kube
