// What `ask` sends, and how it reads the answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/as_sent.hpp"
#include "cli/ask_view.hpp"
#include "json/json.hpp"

namespace sallyport::cli {
namespace {

using Answer = AskedObject::Answer;
using testing::HasSubstr;

json::Value parsed(const std::string& text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value) << text;
  return std::move(*value);
}

std::string sent(const std::string& manifest, const NextCommand& following) {
  const auto object = as_sent(parsed(manifest), following);
  return object ? json::write(*object) : "nothing";
}

// As kubectl 1.36 writes it: sorted, with its own annotations empty, `<` escaped as Go does, a line's end behind it.
TEST(Ask, KubectlApplyRemembersWhatItHasApplied) {
  const auto object = as_sent(
      parsed(
          R"({"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x","namespace":"s"},"data":{"t":"a<b&c>d"}})"),
      {});
  ASSERT_TRUE(object);
  EXPECT_EQ((*object)["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"].text(),
            R"({"apiVersion":"v1","data":{"t":"a\u003cb\u0026c\u003ed"},"kind":"ConfigMap",)"
            R"("metadata":{"annotations":{},"name":"x","namespace":"s"}})"
            "\n");
}

TEST(Ask, ServerSideApplySendsTheFile) {
  const std::string manifest = R"({"kind":"ConfigMap","metadata":{"name":"x"}})";
  EXPECT_EQ(sent(manifest, {.sender = Sender::server_side_apply}), manifest);
}

TEST(Ask, HelmMarksWhatBelongsToTheReleaseAndNoHook) {
  const NextCommand helm{.sender = Sender::helm, .manager = "helm", .release = "app", .namespace_name = "shop"};
  EXPECT_EQ(sent(R"({"metadata":{"name":"x","labels":{"a":"b"}}})", helm),
            R"({"metadata":{"name":"x","labels":{"a":"b","app.kubernetes.io/managed-by":"Helm"},)"
            R"("annotations":{"meta.helm.sh/release-name":"app","meta.helm.sh/release-namespace":"shop"}}})");
  const auto hook = [](const std::string& events) {
    return R"({"metadata":{"name":"x","annotations":{"helm.sh/hook":")" + events + R"("}}})";
  };
  for (const auto* events : {"pre-install", "post-install", "pre-upgrade, post-install", "pre-install,pre-upgrade"}) {
    EXPECT_EQ(sent(hook(events), helm), hook(events));
  }
  for (const auto* events : {"test", "pre-delete", "pre-upgrade", "test-success,post-rollback"}) {
    EXPECT_EQ(sent(hook(events), helm), "nothing") << events;
  }
}

TEST(Ask, TheMarksStandInTheObjectsOwnAnnotations) {
  EXPECT_EQ(json::write(asking(parsed(R"({"metadata":{"name":"x"}})"), "p", "why")),
            R"({"metadata":{"name":"x","annotations":{"sallyport.dev/plan":"p","sallyport.dev/reason":"why"}}})");
  EXPECT_EQ(json::write(asking(parsed(R"({"metadata":{"name":"x"}})"), "p", "")),
            R"({"metadata":{"name":"x","annotations":{"sallyport.dev/plan":"p"}}})");
}

TEST(Ask, AnswersAreReadByTheirTails) {
  EXPECT_EQ(read_asked("x", {}).answer, Answer::free);
  EXPECT_EQ(read_asked("x", {"a warning of somebody else"}).answer, Answer::free);
  const auto asked =
      read_asked("x", {"needs approval. [code=WouldAsk request=s/r plan=p-1 policy=s/g expires=2026-11-21T10:00:00Z]"});
  EXPECT_EQ(asked.answer, Answer::asked);
  EXPECT_EQ(asked.request, "s/r");
  EXPECT_EQ(asked.plan, "p-1");
  EXPECT_EQ(asked.expires, "2026-11-21T10:00:00Z");
  EXPECT_EQ(read_asked("x", {"dry run: s/r is approved; the real call will use it [code=Allowed request=s/r]"}).answer,
            Answer::approved);
  // The guard, and a gate that is older than plans.
  const auto guarded = read_asked("x", {"no. [code=WouldAsk guard=account]", "[code=WouldAsk policy=s/g]"});
  EXPECT_EQ(guarded.answer, Answer::refused);
  EXPECT_EQ(guarded.words, "no.");
  EXPECT_EQ(read_asked("x", {"nobody was asked. [code=WouldAsk policy=s/g]"}).answer, Answer::refused);
}

TEST(Ask, ARefusedDryRunMayHaveAsked) {
  const auto refused = [](const std::string& text) { return read_refused("x", Error(ErrorCode::forbidden, text)); };
  const auto secret = refused(
      R"(PATCH /x: HTTP 403: admission webhook "g" denied the request: CREATE x is refused. [code=ApprovalRequired request=s/r])");
  EXPECT_EQ(secret.answer, Answer::asked);
  EXPECT_EQ(secret.request, "s/r");
  const auto limit =
      refused(R"(PATCH /x: HTTP 403: admission webhook "g" denied the request: too many. [code=TooManyRequests])");
  EXPECT_EQ(limit.answer, Answer::refused);
  EXPECT_EQ(limit.words, "too many.");
  EXPECT_EQ(refused("PATCH /x: HTTP 422: invalid").answer, Answer::unknown);
}

TEST(Ask, TheViewNamesThePlanAndWhatWasNotAsked) {
  Page page;
  page.program = "kubectl sallyport";
  const std::vector<AskedObject> all = {
      {.object = "Deployment app", .answer = Answer::asked, .request = "shop/gate-1", .plan = "p-1"},
      {.object = "ConfigMap \x1b[31m", .answer = Answer::refused, .words = "because"},
  };
  const auto text = ask_view(all, page);
  EXPECT_THAT(text, HasSubstr("Plan p-1: 1 request "));
  EXPECT_THAT(text, HasSubstr("kubectl sallyport approve --plan p-1"));
  EXPECT_THAT(text, HasSubstr("kubectl wait areq -n shop -l sallyport.dev/plan=p-1 "));
  EXPECT_THAT(text, HasSubstr("because"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(ask_exit(all), Exit::refused);
  EXPECT_EQ(ask_exit({all.front()}), Exit::done);
  EXPECT_THAT(ask_json(all), HasSubstr(R"("plan": "p-1")"));
}

}  // namespace
}  // namespace sallyport::cli
