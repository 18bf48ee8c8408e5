#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "wire/admission.hpp"

namespace sallyport::wire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::pair<std::string, std::string>> pairs(const std::vector<model::SelectorFields::Label>& labels) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& label : labels) result.emplace_back(label.key, label.value);
  return result;
}

std::string review_of(std::string_view object, std::string_view old_object = "null") {
  return std::string(R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","object":)")
      .append(object)
      .append(R"(,"oldObject":)")
      .append(old_object)
      .append(R"(,"dryRun":false}})");
}

TEST(SelectorFields, SeesLabelsAndAccountsOfRealReviews) {
  const auto update = read_selector_fields(review_named("deployment_set_account"));
  ASSERT_TRUE(update) << update.error().message();
  EXPECT_THAT(pairs(update->labels), ElementsAre(std::pair("app", "web")));
  EXPECT_THAT(pairs(update->old_labels), ElementsAre(std::pair("app", "web")));
  EXPECT_THAT(update->service_accounts, ElementsAre("deployer", "deployer"));  // under its two names

  const auto pod = read_selector_fields(review_named("pod_create"));
  ASSERT_TRUE(pod) << pod.error().message();
  EXPECT_THAT(pairs(pod->labels), ElementsAre(std::pair("app", "run")));
  EXPECT_THAT(pod->service_accounts, ElementsAre("default", "default"));

  const auto cronjob = read_selector_fields(review_named("cronjob_create"));
  ASSERT_TRUE(cronjob) << cronjob.error().message();
  EXPECT_THAT(pairs(cronjob->labels), ElementsAre(std::pair("team", "data")));
  EXPECT_THAT(cronjob->service_accounts, ElementsAre("deployer", "deployer"));

  const auto deleted = read_selector_fields(review_named("deployment_delete"));
  ASSERT_TRUE(deleted) << deleted.error().message();
  EXPECT_THAT(deleted->labels, IsEmpty());
  EXPECT_THAT(pairs(deleted->old_labels), ElementsAre(std::pair("app", "web")));
  EXPECT_THAT(deleted->service_accounts, IsEmpty());
}

TEST(SelectorFields, TakesEveryRealReview) {
  for (const std::string& text : all_reviews()) EXPECT_TRUE(read_selector_fields(text)) << text;
}

TEST(SelectorFields, LooksAtItsOwnPlacesOnly) {
  const auto fields = read_selector_fields(review_of(
      R"({"labels":{"a":"1"},"metadata":{"annotations":{"labels":"x"},"labels":{"b":"2","c.example.com/d":""}},)"
      R"("spec":{"labels":{"e":"5"},"template":{"metadata":{"labels":{"f":"6"}},"spec":{"volumes":[{"serviceAccountName":"no"}],)"
      R"("serviceAccountName":"yes"}}},"status":{"serviceAccountName":"no"}})"));
  ASSERT_TRUE(fields) << fields.error().message();
  EXPECT_THAT(pairs(fields->labels), ElementsAre(std::pair("b", "2"), std::pair("c.example.com/d", "")));
  EXPECT_THAT(fields->service_accounts, ElementsAre("yes"));
}

TEST(SelectorFields, PassesOverWhatCustomResourcesMayHoldThere) {
  for (const char* object :
       {R"({"metadata":{"labels":null},"spec":"text"})", R"({"metadata":{},"spec":{"template":"x"}})",
        R"({"metadata":{},"spec":[1]})", R"({"metadata":{},"spec":{"jobTemplate":[]}})",
        R"({"metadata":{},"spec":{"template":{"spec":7}}})", R"({"spec":{"serviceAccountName":null}})", R"({})",
        "null"}) {
    const auto fields = read_selector_fields(review_of(object));
    ASSERT_TRUE(fields) << object << ": " << fields.error().message();
    EXPECT_THAT(fields->labels, IsEmpty());
    EXPECT_THAT(fields->service_accounts, IsEmpty());
  }
}

TEST(SelectorFields, LeavesTheRestToTheFullParse) {
  for (const char* object :
       {R"({"metadata":{"labels":{"a":1}}})", R"({"metadata":{"labels":["a"]}})", R"({"metadata":[]})", "[]", "7",
        R"({"spec":{"serviceAccountName":{}}})", R"({"spec":{"serviceAccountName":"a","serviceAccountName":"b"}})",
        R"({"spec":{"containers":[],"containers":[]}})", R"({"spec":{"template":{"spec":{}},"template":{}}})",
        R"({"spec":{"hostPID":false,"hostPID":false}})", R"({"metadata":{"labels":{}},"metadata":{}})",
        R"({"spec":{},"\u0073pec":{}})", R"({"spec":)", R"({"spec":{]})"}) {
    const auto fields = read_selector_fields(review_of(object));
    ASSERT_FALSE(fields) << object;
    EXPECT_EQ(fields.error().code(), ErrorCode::bad_input);
  }
  EXPECT_FALSE(read_selector_fields(review_of("{}") + "x"));
  EXPECT_FALSE(read_selector_fields(""));
  EXPECT_FALSE(read_selector_fields("[]"));
}

bool is_beyond_baseline(std::string_view object) {
  const auto fields = read_selector_fields(review_of(object));
  EXPECT_TRUE(fields) << object;
  return fields && fields->beyond_baseline;
}

TEST(SelectorFields, OrdinaryPodsArePlainlyInsideTheBaseline) {
  for (const char* name : {"deployment_create", "deployment_set_image", "deployment_scale", "deployment_annotate",
                           "pod_create", "cronjob_create", "deployment_delete"}) {
    const auto fields = read_selector_fields(review_named(name));
    ASSERT_TRUE(fields) << name;
    EXPECT_FALSE(fields->beyond_baseline) << name;
  }
  EXPECT_FALSE(is_beyond_baseline(
      R"({"metadata":{"annotations":{"a":"b"}},"spec":{"replicas":2,"strategy":{"type":"Recreate"},"template":{"metadata":)"
      R"({"annotations":{"container.apparmor.security.beta.kubernetes.io/app":"runtime/default"},"creationTimestamp":null},)"
      R"("spec":{"hostNetwork":false,"securityContext":{"runAsNonRoot":true,"fsGroup":1,"seccompProfile":{"type":"RuntimeDefault"}},)"
      R"("containers":[{"name":"app","image":"app:1","ports":[{"containerPort":80}],"securityContext":{"privileged":false,)"
      R"("allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"],"add":["NET_BIND_SERVICE"]}},)"
      R"("livenessProbe":{"httpGet":{"path":"/","port":80,"scheme":"HTTP"},"periodSeconds":10}}],)"
      R"("volumes":[{"name":"v","emptyDir":{}}]}}}})"));
}

TEST(SelectorFields, MarksWhatIsNotPlainlyInsideTheBaseline) {
  for (const char* spec :
       {R"({"hostNetwork":true})", R"({"hostPID":1})", R"({"volumes":[{"name":"v","hostPath":{"path":"/"}}]})",
        R"({"containers":[{"securityContext":{"privileged":true}}]})", R"({"brandNew":1,"containers":[]})",
        R"({"HostNetwork":true})",
        R"({"containers":[{"securityContext":{"capabilities":{"add":["SYS_\u0041DMIN"]}}}]})",
        R"({"\u0068ostIPC":true})", R"({"containers":"x"})", R"({"containers":[7]})",
        R"({"containers":[{"ports":[{"hostPort":80}]}]})", R"({"securityContext":{"seccompProfile":{}}})",
        R"({"template":{},"hostPID":true})", R"({"template":{},"HostPID":true})"}) {
    const auto pod = std::string(R"({"spec":)") + spec + "}";
    EXPECT_TRUE(is_beyond_baseline(pod)) << pod;
    EXPECT_TRUE(is_beyond_baseline(R"({"spec":{"template":)" + pod + "}}")) << pod;
    EXPECT_TRUE(is_beyond_baseline(R"({"spec":{"jobTemplate":{"spec":{"template":)" + pod + "}}}}")) << pod;
  }
  const std::string metadata =
      R"("metadata":{"annotations":{"container.apparmor.security.beta.kubernetes.io/a":"unconfined"}})";
  EXPECT_TRUE(is_beyond_baseline("{" + metadata + "}"));
  EXPECT_TRUE(is_beyond_baseline(R"({"spec":{"template":{)" + metadata + "}}}"));
  EXPECT_FALSE(is_beyond_baseline(R"({"spec":{"jobTemplate":{"metadata":{"annotations":{"a":1}}}}})"));
}

TEST(SelectorFields, IsBoundedInDepth) {
  const auto deep = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(read_selector_fields(review_of("{\"data\":" + deep(125) + "}")));
  EXPECT_FALSE(read_selector_fields(review_of("{\"data\":" + deep(126) + "}")));
  EXPECT_FALSE(read_selector_fields(review_of("{\"data\":" + deep(1'000'000) + "}")));
}

}  // namespace
}  // namespace sallyport::wire
