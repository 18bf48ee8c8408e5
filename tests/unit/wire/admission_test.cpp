#include "wire/admission.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace sallyport::wire {
namespace {

using model::Operation;
using testing::ElementsAre;
using testing::HasSubstr;

void expect_same(const model::Envelope& a, const model::Envelope& b) {
  EXPECT_EQ(a.uid, b.uid);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.resource, b.resource);
  EXPECT_EQ(a.namespace_name, b.namespace_name);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.operation, b.operation);
  EXPECT_EQ(a.user.username, b.user.username);
  EXPECT_EQ(a.user.uid, b.user.uid);
  EXPECT_EQ(a.user.groups, b.user.groups);
  EXPECT_EQ(a.user.pod, b.user.pod);
  EXPECT_EQ(a.user.node, b.user.node);
  EXPECT_EQ(a.user.credential_id, b.user.credential_id);
}

// A small review, to be damaged.
const std::string kSmall =
    R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u1",)"
    R"("kind":{"group":"","version":"v1","kind":"ConfigMap"},"resource":{"group":"","version":"v1","resource":"configmaps"},)"
    R"("requestKind":{"group":"","version":"v1","kind":"ConfigMap"},)"
    R"("requestResource":{"group":"","version":"v1","resource":"configmaps"},"name":"c","namespace":"n",)"
    R"("operation":"CREATE","userInfo":{"username":"agent","groups":["g"]},)"
    R"("object":{"metadata":{"name":"c"},"data":{"k":"v"}},"oldObject":null,"dryRun":false,"options":null}})";

TEST(Review, EnvelopeAndWholeReviewAgreeOnEveryRealOne) {
  for (const std::string& text : all_reviews()) {
    const auto envelope = read_envelope(text);
    const auto review = read_admission(text);
    ASSERT_TRUE(envelope) << envelope.error().message();
    ASSERT_TRUE(review) << review.error().message();
    expect_same(*envelope, *review);
  }
}

TEST(Review, ReadsAnUpdate) {
  const auto review = read_admission(review_named("deployment_set_image"));
  ASSERT_TRUE(review) << review.error().message();
  EXPECT_EQ(review->operation, Operation::update);
  EXPECT_EQ(review->kind, "Deployment");
  EXPECT_EQ(to_string(review->resource), "deployments.apps");
  EXPECT_EQ(review->resource.version, "v1");
  EXPECT_EQ(review->namespace_name, "payments");
  EXPECT_EQ(review->name, "web");
  EXPECT_EQ(review->user.username, "system:serviceaccount:agents:deployer");
  EXPECT_THAT(review->user.groups,
              ElementsAre("system:serviceaccounts", "system:serviceaccounts:agents", "system:authenticated"));
  EXPECT_EQ(review->user.pod, "deployer-0");
  EXPECT_EQ(review->user.node, "node-1");
  EXPECT_THAT(review->user.credential_id, HasSubstr("JTI="));
  const auto image = [](const json::Value& object) {
    return object["spec"]["template"]["spec"]["containers"].items()[0]["image"].text();
  };
  EXPECT_EQ(image(review->old_object), "registry.example.com/web:v1");
  EXPECT_EQ(image(review->object), "registry.example.com/web:v2");
  EXPECT_EQ(review->options["fieldManager"].text(), "kubectl-set");
  EXPECT_FALSE(review->dry_run);
}

TEST(Review, ReadsTheOtherShapes) {
  const auto exec = read_admission(review_named("pod_exec"));
  ASSERT_TRUE(exec) << exec.error().message();
  EXPECT_EQ(exec->operation, Operation::connect);
  EXPECT_EQ(to_string(exec->resource), "pods/exec");
  EXPECT_EQ(exec->kind, "PodExecOptions");
  EXPECT_TRUE(exec->old_object.is_null());

  const auto collection = read_admission(review_named("configmap_delete_collection"));
  ASSERT_TRUE(collection) << collection.error().message();
  EXPECT_EQ(collection->operation, Operation::del);
  EXPECT_EQ(collection->name, "");
  EXPECT_TRUE(collection->object.is_null());
  EXPECT_EQ(collection->old_object["metadata"]["name"].text(), "conf");

  const auto dry_run = read_admission(review_named("namespace_label_dry_run"));
  ASSERT_TRUE(dry_run) << dry_run.error().message();
  EXPECT_TRUE(dry_run->dry_run);
  EXPECT_EQ(dry_run->namespace_name, "payments");

  const auto scale = read_admission(review_named("deployment_scale"));
  ASSERT_TRUE(scale) << scale.error().message();
  EXPECT_EQ(to_string(scale->resource), "deployments.apps/scale");
  EXPECT_EQ(scale->kind, "Scale");
}

TEST(Review, EnvelopeDoesNotLookBehindObject) {
  const std::string cut = kSmall.substr(0, kSmall.find("\"object\":") + 9);
  EXPECT_TRUE(read_envelope(cut));
  EXPECT_FALSE(read_admission(cut));
}

TEST(Review, EnvelopeLeavesAnotherOrderToTheFullParse) {
  const std::string late = replaced(replaced(kSmall, R"("operation":"CREATE",)", ""), R"("dryRun":false)",
                                    R"("dryRun":false,"operation":"CREATE")");
  const auto envelope = read_envelope(late);
  ASSERT_FALSE(envelope);
  EXPECT_EQ(envelope.error().code(), ErrorCode::bad_input);
  const auto review = read_admission(late);
  ASSERT_TRUE(review) << review.error().message();
  EXPECT_EQ(review->operation, Operation::create);

  const std::string kind_last = replaced(kSmall, R"("kind":"AdmissionReview",)", "");
  const std::string with_kind = kind_last.substr(0, kind_last.size() - 1) + R"(,"kind":"AdmissionReview"})";
  EXPECT_FALSE(read_envelope(with_kind));
  EXPECT_TRUE(read_admission(with_kind));
}

TEST(Review, RefusesWhatIsWrong) {
  const struct {
    const char* what;
    std::string from, to;
    bool envelope_can_tell;
  } cases[] = {
      {"another kind", "\"AdmissionReview\"", "\"ConversionReview\"", true},
      {"another version", "admission.k8s.io/v1\"", "admission.k8s.io/v1beta1\"", true},
      {"no uid", R"("uid":"u1",)", "", true},
      {"an empty uid", R"("uid":"u1")", R"("uid":"")", true},
      {"a number as uid", R"("uid":"u1")", R"("uid":1)", true},
      {"two uids", R"("uid":"u1")", R"("uid":"u1","uid":"u2")", true},
      {"two users", R"("object":)", R"("userInfo":{"username":"admin"},"object":)", true},
      {"two user names", R"("username":"agent")", R"("username":"agent","username":"admin")", true},
      {"an escaped second user name", R"("username":"agent")", R"("username":"agent","\u0075sername":"admin")", true},
      {"no user", R"("userInfo":{"username":"agent","groups":["g"]},)", "", true},
      {"an empty user name", R"("username":"agent")", R"("username":"")", true},
      {"groups as text", R"("groups":["g"])", R"("groups":"g")", true},
      {"a number in groups", R"(["g"])", R"(["g",1])", true},
      {"an unknown operation", "\"CREATE\"", "\"PATCH\"", true},
      {"no operation", R"("operation":"CREATE",)", "", true},
      {"an object of another type", R"("object":{"metadata":{"name":"c"},"data":{"k":"v"}})", R"("object":[])", false},
      {"no object", R"("object":{"metadata":{"name":"c"},"data":{"k":"v"}})", R"("object":null)", false},
      {"an old object on CREATE", R"("oldObject":null)", R"("oldObject":{})", false},
      {"dryRun as text", R"("dryRun":false)", R"("dryRun":"false")", false},
      {"options as text", R"("options":null)", R"("options":"none")", false},
      {"a converted resource", R"("requestResource":{"group":"","version":"v1")",
       R"("requestResource":{"group":"","version":"v2")", true},
      {"a converted subresource", R"("name":"c","namespace")",
       R"("requestSubResource":"status","name":"c","namespace")", true},
      {"a key that stands twice in the object", R"("k":"v")", R"("k":"v","k":"w")", false},
      {"bytes behind the end", "null}}", "null}} {}", false},
  };
  ASSERT_TRUE(read_admission(kSmall));
  ASSERT_TRUE(read_envelope(kSmall));
  for (const auto& c : cases) {
    const std::string text = replaced(kSmall, c.from, c.to);
    const auto review = read_admission(text);
    EXPECT_FALSE(review) << c.what;
    if (!review) EXPECT_EQ(review.error().code(), ErrorCode::bad_input) << c.what;
    EXPECT_EQ(!read_envelope(text), c.envelope_can_tell) << c.what;
  }
}

TEST(Review, ErrorsDoNotQuoteTheBody) {
  const std::string secret =
      replaced(review_named("secret_create"), R"("object":{)", R"("object":{"data":{"x":"c2VjcmV0"},)");
  const auto review = read_admission(secret);
  ASSERT_FALSE(review);
  EXPECT_THAT(review.error().message(), testing::Not(HasSubstr("c2VjcmV0")));
}

TEST(Review, UidIsReadableFromWhatIsNot) {
  EXPECT_EQ(readable_uid(kSmall), "u1");
  EXPECT_EQ(readable_uid(kSmall.substr(0, kSmall.find("\"kind\":{"))), "u1");
  EXPECT_EQ(readable_uid(kSmall.substr(0, kSmall.size() / 2)), "u1");
  EXPECT_EQ(readable_uid(R"({"request":{"uid":"u1")"), "u1");
  EXPECT_EQ(readable_uid(R"({"request":{"uid":"u1)"), std::nullopt);
  EXPECT_EQ(readable_uid(R"({"request":{"uid":7}})"), std::nullopt);
  EXPECT_EQ(readable_uid(R"({"request":{"uid":""}})"), std::nullopt);
  EXPECT_EQ(readable_uid(R"({"request":[]})"), std::nullopt);
  EXPECT_EQ(readable_uid(R"({"response":{"uid":"u1"}})"), std::nullopt);
  EXPECT_EQ(readable_uid(R"({"request":{"uid":")" + std::string(200, 'u') + "\"}}"), std::nullopt);
  EXPECT_EQ(readable_uid(""), std::nullopt);
  EXPECT_EQ(readable_uid("\xff\xfe"), std::nullopt);
}

}  // namespace
}  // namespace sallyport::wire
