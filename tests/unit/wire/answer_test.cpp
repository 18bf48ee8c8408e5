#include "wire/answer.hpp"

#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "fixtures.hpp"

namespace sallyport::wire {
namespace {

using model::Answer;
using model::Code;

Answer refusal() {
  Answer answer;
  answer.code = Code::approval_required;
  answer.message = "update deployments.apps web needs approval.";
  answer.tail = {{"request", "payments/promote-abc"}, {"policy", "promote"}, {"retry", "same-digest"}};
  return answer;
}

TEST(Answer, AllowIsAsShortAsItCanBe) {
  Answer answer;
  answer.allowed = true;
  answer.code = Code::allowed;
  EXPECT_EQ(write_answer("u1", answer),
            R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"u1","allowed":true}})");
}

TEST(Answer, AUidThatIsNoneIsEscaped) {
  Answer answer;
  answer.allowed = true;
  const json::Value review = parse_json(write_answer("u\"},1", answer));
  EXPECT_EQ(review["response"]["uid"].text(), "u\"},1");
  EXPECT_TRUE(review["response"]["allowed"].truth());
}

TEST(Answer, RefusalCarriesStatusCodeReasonAndTail) {
  const json::Value review = parse_json(write_answer("u1", refusal()));
  const json::Value& response = review["response"];
  EXPECT_EQ(response["uid"].text(), "u1");
  EXPECT_TRUE(response["allowed"].is_bool());
  EXPECT_FALSE(response["allowed"].truth());
  EXPECT_EQ(response["status"]["code"].integer(), 403);
  EXPECT_EQ(response["status"]["status"].text(), "Failure");
  EXPECT_EQ(response["status"]["reason"].text(), "ApprovalRequired");
  EXPECT_EQ(response["status"]["message"].text(),
            "update deployments.apps web needs approval. "
            "[code=ApprovalRequired request=payments/promote-abc policy=promote retry=same-digest]");
  EXPECT_EQ(response["status"].find("details"), nullptr);
  EXPECT_EQ(response.find("patch"), nullptr);
}

TEST(Answer, TheZeroRefuses) {
  const json::Value review = parse_json(write_answer("u1", Answer{}));
  EXPECT_FALSE(review["response"]["allowed"].truth());
  EXPECT_EQ(review["response"]["status"]["code"].integer(), 403);
  EXPECT_EQ(review["response"]["status"]["message"].text(), "[code=NotReady]");
}

TEST(Answer, Only429SaysWhenToSendAgain) {
  Answer answer = refusal();
  answer.status = 429;
  answer.retry_after = 3;
  EXPECT_EQ(parse_json(write_answer("u", answer))["response"]["status"]["details"]["retryAfterSeconds"].integer(), 3);
  // Without it, clients take a 429 for final.
  answer.retry_after = 0;
  EXPECT_EQ(parse_json(write_answer("u", answer))["response"]["status"]["details"]["retryAfterSeconds"].integer(), 1);
}

TEST(Answer, WarningsAndAuditAnnotationsGoAlong) {
  Answer answer = refusal();
  answer.warnings = {"would need approval\nby owner", "second"};
  answer.audit_annotations = {{"request", "payments/promote-abc"}, {"log-seq", "7"}};
  const json::Value review = parse_json(write_answer("u", answer));
  const json::Value& response = review["response"];
  ASSERT_EQ(response["warnings"].items().size(), 2u);
  EXPECT_EQ(response["warnings"].items()[0].text(), "would need approval by owner");
  EXPECT_EQ(response["auditAnnotations"]["log-seq"].text(), "7");
}

TEST(Answer, HostileTextsStayTexts) {
  Answer answer = refusal();
  answer.message = "\"quoted\"\n\x01 <b>";
  answer.tail = {{"request", "a b] [code=Allowed"}, {"empty", ""}};
  const json::Value review = parse_json(write_answer("u\"1", answer));
  EXPECT_EQ(review["response"]["uid"].text(), "u\"1");
  EXPECT_EQ(review["response"]["status"]["message"].text(),
            "\"quoted\" \\u0001 <b> [code=ApprovalRequired request=\"a b] \\u005bcode=Allowed\" empty=\"\"]");
}

TEST(Mutation, IsAJsonPatchInBase64) {
  const json::Value operations = parse_json(R"([{"op":"remove","path":"/spec/decision"}])");
  const json::Value review = parse_json(write_mutation("u1", operations));
  EXPECT_TRUE(review["response"]["allowed"].truth());
  EXPECT_EQ(review["response"]["patchType"].text(), "JSONPatch");
  EXPECT_EQ(parse_json(decode_base64(review["response"]["patch"].text())), operations);
}

TEST(Mutation, SaysWhatItsClientPrintsOnOneLineEach) {
  const json::Value review = parse_json(write_mutation("u1", json::Value::array(), {"a\nb", "c"}));
  EXPECT_TRUE(review["response"]["allowed"].truth());
  EXPECT_TRUE(review["response"]["patch"].is_null());
  EXPECT_EQ(review["response"]["warnings"], parse_json(R"(["a b","c"])"));
}

TEST(Mutation, WithoutOperationsIsABareAllow) {
  EXPECT_EQ(write_mutation("u1", json::Value::array()),
            R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"u1","allowed":true}})");
}

}  // namespace
}  // namespace sallyport::wire
