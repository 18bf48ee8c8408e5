#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/facts.hpp"
#include "cli/list_view.hpp"
#include "cli/requests.hpp"
#include "cli/show_view.hpp"
#include "cli/why_view.hpp"
#include "json/json.hpp"
#include "unit/cli/requests.hpp"

namespace sallyport::cli {
namespace {

using model::State;
using model::Verdict;
using testing::HasSubstr;
using testing::Not;

const Page kPipe{.now = kNow};

std::string show(const model::ApprovalRequest& request, Detail detail = Detail::one_screen) {
  return show_view(request, kPipe, detail);
}

TEST(ShowView, IsOneScreen) {
  auto request = pending_request();
  request.spec.reviews = {review_by("alice", Verdict::approve, "LGTM")};
  request.spec.policies.front().message = "Runbook: https://example.com/promote";
  EXPECT_EQ(show(request),
            "Request   promote-7f3c9a1b2c in namespace payments: Pending\n"
            "Who       agent deployer, system:serviceaccount:agents:deployer\n"
            "          asked 3 min ago (2026-11-21T11:57:00Z)\n"
            "What      UPDATE deployments/api: image api:1 -> api:2\n"
            "          UPDATE deployments.apps payments/api\n"
            "\n"
            "Change    spec.template.spec.containers[0].image\n"
            "          - api:1\n"
            "          + api:2\n"
            "\n"
            "Why       \"roll out the fix for #1234\"\n"
            "          (the agent's own words; nobody checked them)\n"
            "\n"
            "Asked by  ApprovalPolicy promote\n"
            "          [ ] owner: 1 of 2, from group reviewers\n"
            "              \"Runbook: https://example.com/promote\"\n"
            "Reviews   alice: Approve, 2 min ago, \"LGTM\"\n"
            "\n"
            "Missing   1 approval for promote/owner, from someone else: group reviewers\n"
            "Ends      in 57 min (2026-11-21T12:57:00Z), if nobody decides\n"
            "Digest    sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n");
}

TEST(ShowView, SaysFirstWhatTheGuardWouldRefuse) {
  auto request = pending_request();
  request.spec.action.kubernetes()->guarded = {"node-reach", "of-tomorrow"};
  request.spec.action.kubernetes()->effects = {"RunsCode", "Identity"};
  EXPECT_THAT(show(request),
              HasSubstr("in namespace payments: Pending\n"
                        "Guarded   node reach: it reaches into a node, which holds what other pods hold\n"
                        "          of-tomorrow\n"
                        "Who       agent deployer"));
  EXPECT_THAT(show(request), HasSubstr("          UPDATE deployments.apps payments/api\n"
                                       "          does: identity, runs code\n"));
}

TEST(ShowView, ColoursTheDifference) {
  const std::string screen = show_view(pending_request(), {.ink = Ink(true), .now = kNow}, Detail::one_screen);
  EXPECT_THAT(screen, HasSubstr("\x1b[31m- api:1\x1b[0m\n          \x1b[32m+ api:2\x1b[0m\n"));
  EXPECT_THAT(screen, HasSubstr("\x1b[33mPending\x1b[0m"));
}

TEST(ShowView, BreaksLinesWhereThePageEnds) {
  auto request = pending_request();
  request.spec.reason = "one two three four five six seven eight nine ten eleven twelve";
  EXPECT_THAT(show_view(request, {.width = 50, .now = kNow}, Detail::one_screen),
              HasSubstr("Why       \"one two three four five six seven eight\n          nine ten eleven twelve\"\n"));
}

TEST(ShowView, SaysWhatBecameOfIt) {
  auto request = approved_request();
  EXPECT_THAT(show(request), HasSubstr("Decided   approved by alice, bob 2 min ago (2026-11-21T11:58:00Z)\n"
                                       "Ends      in 13 min (2026-11-21T12:13:00Z): until then the agent may do it "
                                       "once\n"));
  request.status.state = State::revoked;
  request.status.revocation = model::Revocation{.by = "bob", .time = kNow - std::chrono::seconds(30)};
  EXPECT_THAT(show(request), HasSubstr("Decided   revoked by bob 30 s ago (2026-11-21T11:59:30Z)\n"));
  EXPECT_THAT(show(request), Not(HasSubstr("Ends")));
}

TEST(ShowView, SaysOfAUseThatItsOutcomeIsNotSeen) {
  auto request = approved_request();
  request.status.state = State::used;
  request.status.uses = {{.time = kNow - std::chrono::minutes(1), .admission_uid = "u"}};
  EXPECT_THAT(show(request),
              HasSubstr("Decided   approved by alice, bob 2 min ago (2026-11-21T11:58:00Z), last let through 1 min "
                        "ago (2026-11-21T11:59:00Z)\n"
                        "          Sallyport does not see what happens after that: a quota or a name that is taken can "
                        "still stop it\n"));
}

TEST(ShowView, SaysHowAMistakenDenialIsTakenBack) {
  auto request = pending_request();
  request.status.state = State::denied;
  request.status.decision = model::Decision{.verdict = State::denied, .decided_at = kNow, .reviewers = {"bob"}};
  request.status.cooldown_until = kNow + std::chrono::minutes(8);
  EXPECT_THAT(show(request),
              HasSubstr("Cooldown  the same action is refused without asking anybody until 2026-11-21T12:08:00Z (in 8 "
                        "min). If the denial was a mistake: whoever may delete this request ends the cooldown with "
                        "`kubectl delete approvalrequest promote-7f3c9a1b2c -n payments`; the log keeps both\n"));
  request.status.cooldown_until = kNow;
  EXPECT_THAT(show(request), Not(HasSubstr("Cooldown")));
}

TEST(ShowView, SaysWhatAnApprovalWasUsedForBefore) {
  auto request = pending_request();
  request.status.conditions = {{.type = "AskedBefore", .status = "True", .message = "used at noon\x1b[2J"}};
  EXPECT_THAT(show(request), HasSubstr("\n\nBefore    used at noon\\u001b[2J\n\nAsked by  "));
}

TEST(ShowView, TellsHiddenIgnoredAndMissingValues) {
  auto request = pending_request();
  auto& action = request.spec.action;
  action.changes = {
      {.path = "data.password", .redacted = true}, {.path = "gone", .from = "x"}, {.path = "empty", .to = ""}};
  action.changes.push_back({.path = "note", .to = "any", .ignored = true});
  action.truncated = true;
  EXPECT_THAT(show(request),
              HasSubstr("Change    data.password\n"
                        "            hidden: what a Secret holds is shown to nobody\n"
                        "          gone\n"
                        "          - x\n"
                        "          empty\n"
                        "          + \"\"\n"
                        "          note (may hold anything: the policies ignore it)\n"
                        "          + any\n"
                        "          ! the change is too large to be shown whole: not all that would run is here\n"));
}

TEST(ShowView, OneScreenIsCutAndSaysSo) {
  auto request = pending_request();
  request.spec.action.changes.clear();
  for (int i = 0; i < 20; ++i) {
    request.spec.action.changes.push_back({.path = "field" + std::to_string(i), .to = std::string(1000, 'x') + "END"});
  }
  const std::string screen = show(request);
  EXPECT_THAT(screen, HasSubstr("and 8 more fields: show them with --full\n"));
  EXPECT_THAT(screen, HasSubstr("long values are cut: show them with --full\n"));
  EXPECT_THAT(screen, Not(HasSubstr("END")));
  const std::string all = show(request, Detail::everything);
  EXPECT_THAT(all, HasSubstr("field19\n"));
  EXPECT_THAT(all, HasSubstr("xEND\n"));
  EXPECT_THAT(all, Not(HasSubstr("--full")));
}

TEST(ShowView, ShowsTextsByTheirLines) {
  auto request = pending_request();
  request.spec.action.changes = {{"data['app.conf']", "2000 lines",
                                  "\\ all line ends: LF -> CRLF\n@@ -12,4 +12,4 @@\n server {\n\n-  listen 80;\n-\n"
                                  "+  listen 8443 ssl;\n+\n }\n\\ No newline at end of text\n"}};
  EXPECT_THAT(show(request), HasSubstr("Change    data['app.conf']\n"
                                       "          \\ all line ends: LF -> CRLF\n"
                                       "          @@ -12,4 +12,4 @@\n"
                                       "            server {\n"
                                       "\n"
                                       "          -   listen 80;\n"
                                       "          -\n"
                                       "          +   listen 8443 ssl;\n"
                                       "          +\n"
                                       "            }\n"
                                       "          \\ No newline at end of text\n"));
  std::string many = "@@ -0,0 +1,100 @@\n";
  for (int i = 0; i < 100; ++i) many += "+line\n";
  request.spec.action.changes = {{"data.x", std::nullopt, many}};
  EXPECT_THAT(show(request), HasSubstr("          + line\n          \\ 61 more lines of the difference\n"
                                       "          long values are cut: show them with --full\n"));
  EXPECT_THAT(show(request, Detail::everything), Not(HasSubstr("more line")));
}

TEST(ShowView, NamesAPlaceOnceOfWhichSeveralFieldsAreNew) {
  auto request = pending_request();
  request.spec.action.changes = {{"spec.containers[1].image", std::nullopt, "side:1"},
                                 {"spec.containers[1].name", std::nullopt, "side"},
                                 {"spec.containers[1].resources.limits.cpu", std::nullopt, "1"},
                                 {"spec.replicas", "1", "2"}};
  EXPECT_THAT(show(request), HasSubstr("Change    spec.containers[1]\n"
                                       "          + image: side:1\n"
                                       "          + name: side\n"
                                       "          spec.containers[1].resources.limits.cpu\n"
                                       "          + 1\n"
                                       "          spec.replicas\n"
                                       "          - 1\n"
                                       "          + 2\n"));
}

TEST(ShowView, ShowsWhatWouldBeExecutedArgumentByArgument) {
  auto request = pending_request();
  request.spec.action.kubernetes()->operation = model::Operation::connect;
  request.spec.action.changes.clear();
  request.spec.action.kubernetes()->connect = model::Connect{
      .container = "main", .command = {"sh", "-c", "rm -rf /tmp/x"}, .stdin_attached = true, .tty = true, .pod = {}};
  EXPECT_THAT(show(request), HasSubstr("          container main\n"
                                       "          $ sh\n"
                                       "          $ -c\n"
                                       "          $ rm -rf /tmp/x\n"
                                       "          with stdin and a terminal\n"));
}

TEST(ShowView, SaysOfAnActionOfAnotherVersionThatItIsNotKnown) {
  auto request = pending_request();
  request.spec.action.of_type = model::UnknownAction{"Grant", "type Grant\x1b[2J", {}};
  const auto screen = show(request);
  EXPECT_THAT(screen, HasSubstr("type Grant"));
  EXPECT_THAT(screen, HasSubstr("which this version of Sallyport does not know\n"));
  EXPECT_THAT(screen, Not(HasSubstr("\x1b[2J")));
}

TEST(ShowView, AnUpdateOfASecretSaysWhyItAsks) {
  auto request = pending_request();
  request.spec.action.kubernetes()->target = {{"", "v1", "secrets", ""}, "payments", "db", "uid"};
  request.spec.action.changes = {{.path = "data.password", .redacted = true}};
  EXPECT_THAT(show(request), HasSubstr("The API server's answer shows the agent all values of the Secret, so even an "
                                       "unchanged one is asked about.\n"));
  request.spec.action.kubernetes()->operation = model::Operation::create;
  EXPECT_THAT(show(request), Not(HasSubstr("answer")));
}

TEST(ShowView, AReviewWithoutASealDoesNotCount) {
  auto request = pending_request();
  request.spec.reviews = {review_by("mallory", Verdict::approve)};
  request.spec.reviews.front().seal = "";
  EXPECT_THAT(show(request), HasSubstr("[ ] owner: 0 of 2"));
  EXPECT_THAT(show(request), HasSubstr("mallory: Approve, 2 min ago (does not count: Sallyport did not seal it)\n"));
}

// Every text of a request, whoever wrote it.
model::ApprovalRequest hostile_request(const std::string& text) {
  auto request = approved_request();
  auto& spec = request.spec;
  request.key = {text, text};
  spec.requester = {{text, text, {text}, text, text, text}, text};
  spec.reason = text;
  spec.action.summary = text;
  spec.action.digest = text;
  spec.action.kubernetes()->options = text;
  spec.action.kubernetes()->target = {{text, text, text, text}, text, text, text};
  spec.action.kubernetes()->connect = model::Connect{.container = text, .command = {text, text}, .pod = {}};
  spec.action.changes = {{text, text, text, true, false}, {text, text, text, false, true}};
  spec.policies = {policy_named(text, 1, text)};
  spec.policies.front().ref.kind = text;
  spec.policies.front().message = text;
  spec.policies.front().approval.requirements.front().name = text;
  spec.policies.push_back(policy_named(text + "2", 3, text));
  for (auto& review : spec.reviews) {
    review.reviewer = review.comment = review.via = text;
    review.satisfies = {text + "/" + text};
  }
  auto& decision = *request.status.decision;
  decision.reason = text;
  decision.reviewers = {text};
  decision.log = {text, 1, text};
  request.status.uses = {{kNow, text, 1, {text, 1, text}, text}};
  request.status.revocation = model::Revocation{text, text, kNow, {text, 1, text}, text};
  return request;
}

TEST(Views, NothingOfARequestSteersTheTerminal) {
  const std::string hostile = "x\x1b[2J\x1b]0;t\x07\r\n\t\x9b\u202e\u2066\u200b\u009b\u2028\U000E0041y";
  for (const State state : {State::pending, State::approved, State::denied, State::revoked, State::used}) {
    auto request = hostile_request(hostile);
    request.status.state = state;
    if (state == State::pending) request.status = {};
    ListedNames names(true);
    names.add(request.key);
    std::string all = show(request) + show(request, Detail::everything) + why_view(request, kPipe) +
                      already_words(request, kNow) + NewsView().line(request, names, {}, kPipe);
    for (const Columns columns : {Columns::usual, Columns::wide}) {
      for (const Page& page : {kPipe, Page{.width = 80, .now = kNow}}) {
        all += list_view({request}, names, {.columns = columns, .namespace_name = hostile}, page);
      }
    }
    for (const char* steers :
         {"\x1b", "\x07", "\r", "\t", "\u202e", "\u2066", "\u200b", "\u009b", "\u2028", "\U000E0041"}) {
      EXPECT_THAT(all, Not(HasSubstr(steers)));
    }
    // A line's end of theirs would be at a line's beginning.
    EXPECT_THAT(all, Not(HasSubstr("\ny")));
    EXPECT_THAT(all, HasSubstr("\\u001b[2J"));
  }
}

TEST(WhyView, SaysWhatEachReviewCountedFor) {
  auto request = approved_request();
  request.spec.reviews.insert(request.spec.reviews.begin() + 1, review_by("mallory", Verdict::approve));
  request.spec.reviews[1].seal = "";
  request.spec.reviews.push_back(review_by("carol", Verdict::approve));
  request.status.state = State::used;
  request.status.uses = {{kNow - std::chrono::minutes(1), "6f1c", 1, {"replica-1-def", 7, "4567"}, "seal"}};
  EXPECT_EQ(
      why_view(request, kPipe),
      "Request   promote-7f3c9a1b2c in namespace payments: Used\n"
      "Who       agent deployer, system:serviceaccount:agents:deployer\n"
      "          asked 3 min ago (2026-11-21T11:57:00Z)\n"
      "What      UPDATE deployments/api: image api:1 -> api:2\n"
      "\n"
      "Policies  ApprovalPolicy promote, generation 3, as it was when the agent asked\n"
      "          [x] owner: 2 of 2, from group reviewers\n"
      "\n"
      "Reviews   alice: Approve by kubectl 2 min ago (2026-11-21T11:58:00Z), \"LGTM\"\n"
      "            counted for promote/owner\n"
      "          mallory: Approve by kubectl 2 min ago (2026-11-21T11:58:00Z)\n"
      "            counted for nothing: Sallyport did not seal it\n"
      "          bob: Approve by kubectl 2 min ago (2026-11-21T11:58:00Z)\n"
      "            counted for promote/owner\n"
      "          carol: Approve by kubectl 2 min ago (2026-11-21T11:58:00Z)\n"
      "            could count for promote/owner, and was not needed\n"
      "\n"
      "Decision  Approved by alice, bob 2 min ago (2026-11-21T11:58:00Z): RequirementsMet\n"
      "          valid until 2026-11-21T12:13:00Z, for 1 use\n"
      "          log record: stream replica-0-abc, seq 12, head 0123\n"
      "\n"
      "Uses      1 min ago (2026-11-21T11:59:00Z), admission 6f1c\n"
      "          log record: stream replica-1-def, seq 7, head 4567\n"
      "          Sallyport does not see what happens after that: a quota or a name that is taken can still stop it\n");
}

TEST(DecisionPatch, IsTheOneThatKubectlSends) {
  EXPECT_EQ(
      json::write(decision_patch({Verdict::approve, "LGTM", "sha256:00", true})),
      R"({"spec":{"decision":{"verdict":"Approve","comment":"LGTM","digest":"sha256:00","acceptTruncated":true}}})");
  EXPECT_EQ(json::write(decision_patch({.verdict = Verdict::deny, .digest = "sha256:00"})),
            R"({"spec":{"decision":{"verdict":"Deny","digest":"sha256:00"}}})");
}

}  // namespace
}  // namespace sallyport::cli
