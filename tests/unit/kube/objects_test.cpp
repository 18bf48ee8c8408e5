// What kube writes into and reads out of the API server's own kinds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.hpp"
#include "kube/cluster.hpp"
#include "kube/event_queue.hpp"
#include "kube/secret_store.hpp"
#include "kube/webhook_config.hpp"

namespace sallyport::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

json::Value parsed(std::string_view text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value) << text;
  return value.value_or(json::Value());
}

const std::string kWebhooks =
    R"({"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration",
  "metadata":{"name":"sallyport-gate","uid":"u","resourceVersion":"5"},"webhooks":[
  {"name":"gate.sallyport.dev","failurePolicy":"Fail","clientConfig":{"service":{"namespace":"s","name":"w","port":443}}},
  {"name":"by-url.sallyport.dev","clientConfig":{"url":"https://127.0.0.1:9443/old/admit"}}]})";

TEST(Webhooks, AreAimedByCaAndPathAlone) {
  const WebhookClientConfig target{.ca_pem = "CA", .path = "/p4th/admit"};
  const auto body = write_injection(parsed(kWebhooks), target);
  ASSERT_TRUE(body) << body.error().message();
  EXPECT_EQ(*body, parsed(R"({"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration",
    "metadata":{"name":"sallyport-gate","resourceVersion":"5"},"webhooks":[
    {"name":"gate.sallyport.dev","clientConfig":{"caBundle":"Q0E=","service":{"path":"/p4th/admit"}}},
    {"name":"by-url.sallyport.dev","clientConfig":{"caBundle":"Q0E=","url":"https://127.0.0.1:9443/p4th/admit"}}]})"));
  EXPECT_FALSE(write_injection(parsed(R"({"webhooks":[{"name":"x","clientConfig":{}}]})"), target));
}

TEST(Webhooks, AreCheckedOneByOne) {
  const WebhookClientConfig target{.ca_pem = "CA", .path = "/p/admit"};
  const std::string good =
      R"({"webhooks":[{"name":"a","clientConfig":{"caBundle":"Q0E=","service":{"path":"/p/admit"}}},
    {"name":"b","clientConfig":{"caBundle":"Q0E=","url":"https://h:1/p/admit"}}]})";
  EXPECT_EQ(webhook_drift(parsed(good), target), std::nullopt);
  EXPECT_EQ(webhook_drift(parsed(kWebhooks), target), "gate.sallyport.dev has another caBundle than ours");
  EXPECT_EQ(webhook_drift(parsed(good), {.ca_pem = "CA", .path = "/q/admit"}), "a has another path than ours");
  EXPECT_EQ(webhook_drift(parsed(R"({"webhooks":[{"name":"b","clientConfig":{"caBundle":"Q0E=","url":"https://h"}}]})"),
                          target),
            "b has another path than ours");
  EXPECT_EQ(webhook_drift(parsed("{}"), target), "it has no webhooks");
}

TEST(Secrets, ReadBackAsWritten) {
  StoredSecret secret{.data = {},
                      .metadata = parsed(R"({"name":"k","uid":"u","resourceVersion":"3","labels":{"a":"b"}})"),
                      .type = "Opaque"};
  secret.data.emplace("key", Secret(std::string_view("\0\xff bytes", 8)));
  secret.data.emplace("empty", Secret());
  const auto read = read_stored(write_stored(secret));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->data.at("key").reveal(), secret.data.at("key").reveal());
  EXPECT_TRUE(read->data.at("empty").empty());
  EXPECT_EQ(read->metadata, secret.metadata);
  EXPECT_EQ(read->type, "Opaque");
}

TEST(Secrets, RefuseWhatCanNotBeReplacedAndQuoteNothing) {
  EXPECT_FALSE(read_stored(parsed(R"({"metadata":{"uid":"u"},"data":{}})")));
  EXPECT_FALSE(read_stored(parsed(R"({"metadata":{"resourceVersion":"3"},"data":{}})")));
  const auto bad = read_stored(parsed(R"({"metadata":{"uid":"u","resourceVersion":"3"},"data":{"key":"*canary*"}})"));
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message(), testing::Not(HasSubstr("canary")));
}

TEST(AccessReview, AsksForTheVerbOnTheRequest) {
  const model::User alice{.username = "alice", .uid = "a1", .groups = {"reviewers", "system:authenticated"}};
  EXPECT_EQ(write_access_review(alice, approving({"payments", "promote-abc"})),
            parsed(R"({"apiVersion":"authorization.k8s.io/v1",
    "kind":"SubjectAccessReview","spec":{"user":"alice","uid":"a1","groups":["reviewers","system:authenticated"],
    "resourceAttributes":{"namespace":"payments","name":"promote-abc","verb":"approve","group":"sallyport.dev",
    "version":"v1alpha1","resource":"approvalrequests"}}})"));
}

TEST(PodFacts, AreUidAndImagesOfEveryContainer) {
  const auto facts = read_pod_facts(parsed(R"({"metadata":{"uid":"p1"},"status":{
    "containerStatuses":[{"imageID":"sha256:c"},{"imageID":""}],"initContainerStatuses":[{"imageID":"sha256:b"}],
    "ephemeralContainerStatuses":[{"imageID":"sha256:a"}]}})"));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->uid, "p1");
  EXPECT_THAT(facts->image_ids, ElementsAre("sha256:a", "sha256:b", "sha256:c"));
  EXPECT_FALSE(read_pod_facts(parsed(R"({"metadata":{}})")));
}

TEST(Event, IsAsTheApiServerWantsIt) {
  const model::ApprovalRequest request{.key = {"payments", "promote-abc"}, .uid = "r1", .resource_version = "17"};
  const json::Value event = write_event(request, "Approved", std::string(3000, 'n'), "sallyport-0",
                                        *parse_instant("2026-11-21T05:41:24Z"), 7);
  EXPECT_EQ(event["eventTime"].text(), "2026-11-21T05:41:24.000000Z");
  EXPECT_THAT(std::string(event["metadata"]["name"].text()), testing::MatchesRegex("promote-abc\\.[0-9a-f]+\\.7"));
  EXPECT_EQ(event["metadata"]["namespace"].text(), "payments");
  EXPECT_EQ(event["regarding"]["uid"].text(), "r1");
  EXPECT_EQ(event["note"].text().size(), 1024u);
  EXPECT_EQ(event["reportingInstance"].text(), "sallyport-0");
}

}  // namespace
}  // namespace sallyport::kube
