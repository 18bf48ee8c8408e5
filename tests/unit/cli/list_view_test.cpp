#include "cli/list_view.hpp"

#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/selection.hpp"
#include "unit/cli/requests.hpp"

namespace sallyport::cli {
namespace {

using model::ApprovalRequest;
using model::State;
using testing::HasSubstr;
using testing::Not;

const Page kPipe{.now = kNow};
const Page kNarrow{.width = 80, .now = kNow};
const Page kBroad{.width = 120, .now = kNow};
const ListStyle kPayments{.namespace_name = "payments"};

ApprovalRequest request_for(std::string name, std::string object, std::vector<model::ShownChange> changes) {
  auto request = pending_request(std::move(name));
  request.spec.action.kubernetes()->target.name = std::move(object);
  request.spec.action.changes = std::move(changes);
  return request;
}

// One change that matters among 36 that do not, as they stand in a request: the most telling first.
ApprovalRequest privileged_request() {
  auto request = request_for("promote-image-7f3c9a1b2c4d", "api",
                             {{"spec.template.spec.containers[1].securityContext.privileged", std::nullopt, "true"},
                              {"spec.template.spec.containers[0].image", "registry.example.com/payments/api:1.4.1",
                               "ghcr.io/stranger/api:1.4.2"}});
  auto& changes = request.spec.action.changes;
  changes.push_back({"spec.template.spec.containers[1].args[0]", std::nullopt, "--listen=0.0.0.0"});
  for (int i = 0; i < 33; ++i) {
    changes.push_back({"spec.template.spec.containers[0].env[" + std::to_string(i) + "].value", "a", "b"});
  }
  request.spec.expires_at = kNow + std::chrono::seconds(99);
  return request;
}

std::vector<ApprovalRequest> a_night() {
  auto scaled = request_for("promote-image-a81bcd7e2f3a", "web", {{"spec.replicas", "0", "3"}});
  scaled.spec.action.kubernetes()->target.resource.subresource = "scale";
  auto deleted = request_for("deletion-q7rst3u4v5w6", "reports", {});
  deleted.spec.action.kubernetes()->operation = model::Operation::del;
  deleted.spec.action.kubernetes()->target.resource = {"", "v1", "persistentvolumeclaims", ""};
  deleted.spec.expires_at = kNow + std::chrono::minutes(90);
  auto exec = request_for("exec-b2c3d4e5f6g7", "api-5d9f", {});
  exec.spec.action.kubernetes()->operation = model::Operation::connect;
  exec.spec.action.kubernetes()->target.resource = {"", "v1", "pods", "exec"};
  exec.spec.action.kubernetes()->connect =
      model::Connect{.command = {"psql", "-c", "select 1"}, .stdin_attached = true, .pod = {}};
  exec.status = approved_request().status;
  exec.spec.reviews = approved_request().spec.reviews;
  auto denied = request_for("promote-image-c3d4e5f6g7h2", "api",
                            {{"spec.template.spec.containers[0].image", "registry.example.com/payments/api:1.4.1",
                              "registry.example.com/payments/api:1.4.3"}});
  denied.status.state = State::denied;
  denied.status.decision =
      model::Decision{.verdict = State::denied, .decided_at = kNow - std::chrono::minutes(2), .reviewers = {"bob"}};
  std::vector<ApprovalRequest> requests = {denied, exec, deleted, scaled, privileged_request()};
  sort_for_people(requests, "");
  return requests;
}

std::string view(const std::vector<ApprovalRequest>& requests, const Page& page, const ListStyle& style = kPayments) {
  ListedNames names(style.namespace_name.empty());
  for (const auto& request : requests) names.add(request.key);
  return list_view(requests, names, style, page);
}

void expect_fits(const std::string& screen, std::size_t width) {
  std::istringstream lines(screen);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(columns_of(line), width) << line;
}

TEST(ListView, At80ColumnsTheObjectAndWhatMattersComeFirstAndTheNameLast) {
  const auto screen = view(a_night(), kNarrow);
  expect_fits(screen, 80);
  EXPECT_EQ(screen, R"(Pending: 3 requests of agent deployer in namespace payments
WHAT                                                       ENDS            NAME
deployments/api: privileged true, image                    in 1 min 39 s   7f3c9
  registry.example.com/payments/api:1.4.1 ->
  ghcr.io/stranger/api:1.4.2, args --listen=0.0.0.0,
  env.value a -> b (33 times)
deployments/web: scale, replicas 0 -> 3                    in 57 min       a81bc
persistentvolumeclaims/reports: delete                     in 1 h 30 min   q7rst

Approved, not used yet: 1 request
WHAT                                                  ENDS        NAME
pods/api-5d9f: exec [psql -c 'select 1'] with stdin   in 13 min   b2c3d

Ended: 1 request
WHAT                                             OUTCOME                   NAME
deployments/api: image                           denied 2 min ago by bob   c3d4e
  registry.example.com/payments/api:1.4.1 ->
  registry.example.com/payments/api:1.4.3
)");
}

TEST(ListView, At80ColumnsWhatTheGuardWouldRefuseComesBeforeWhatChanges) {
  auto request = privileged_request();
  request.spec.action.kubernetes()->guarded = {"node-reach", "account"};
  const auto screen = view({request}, kNarrow);
  expect_fits(screen, 80);
  EXPECT_EQ(screen, R"(Pending: 1 request of agent deployer in namespace payments
WHAT                                                       ENDS            NAME
deployments/api: guarded: node reach, account;             in 1 min 39 s   7f3c9
  privileged true, image
  registry.example.com/payments/api:1.4.1 ->
  ghcr.io/stranger/api:1.4.2, args --listen=0.0.0.0, 33
  more: env.value
)");
}

TEST(ListView, At120ColumnsThereIsRoomForMore) {
  const auto screen = view(a_night(), kBroad);
  expect_fits(screen, 120);
  EXPECT_EQ(screen, R"(Pending: 3 requests of agent deployer in namespace payments
WHAT                                                              ASKED       ENDS            NAME
deployments/api: privileged true, image                           3 min ago   in 1 min 39 s   promote-image-7f3c9a1b2c4d
  registry.example.com/payments/api:1.4.1 ->
  ghcr.io/stranger/api:1.4.2, args --listen=0.0.0.0, env.value
  a -> b (33 times)
deployments/web: scale, replicas 0 -> 3                           3 min ago   in 57 min       promote-image-a81bcd7e2f3a
persistentvolumeclaims/reports: delete                            3 min ago   in 1 h 30 min   deletion-q7rst3u4v5w6

Approved, not used yet: 1 request
WHAT                                                  ASKED       ENDS        NAME
pods/api-5d9f: exec [psql -c 'select 1'] with stdin   3 min ago   in 13 min   exec-b2c3d4e5f6g7

Ended: 1 request
WHAT                                                                OUTCOME                   NAME
deployments/api: image registry.example.com/payments/api:1.4.1      denied 2 min ago by bob   promote-image-c3d4e5f6g7h2
  -> registry.example.com/payments/api:1.4.3
)");
}

TEST(ListView, WhatIsTheSameForFiftyIsSaidOnce) {
  std::vector<ApprovalRequest> requests;
  for (int i = 0; i < 50; ++i) {
    requests.push_back(request_for(
        "promote-image-" + std::string(2, static_cast<char>('a' + i % 26)) + std::to_string(i + 10) + "3c4d5e6f",
        "api-" + std::to_string(i), {{"spec.replicas", "1", "2"}}));
  }
  const auto screen = view(requests, kNarrow);
  expect_fits(screen, 80);
  EXPECT_TRUE(screen.starts_with("Pending: 50 requests of agent deployer in namespace payments\nWHAT")) << screen;
  EXPECT_EQ(std::ranges::count(screen, '\n'), 52);
  for (const std::string_view word : {"Pending", "deployer", "payments"})
    EXPECT_EQ(screen.find(word), screen.rfind(word));
}

TEST(ListView, WhatIsTheSameIsSaidAgainWhereItIsAnother) {
  auto approved = approved_request();
  approved.spec.requester.agent = "janitor";
  const auto screen = view({pending_request("promote-a"), approved}, kNarrow);
  EXPECT_THAT(screen, HasSubstr("Approved, not used yet: 1 request of agent janitor in namespace payments\n"));
}

TEST(ListView, AgentsThatDifferHaveAColumn) {
  auto other = pending_request("promote-b");
  other.spec.requester.agent = "janitor";
  const auto screen = view({pending_request("promote-a"), other}, kNarrow);
  EXPECT_TRUE(screen.starts_with("Pending: 2 requests in namespace payments\n")) << screen;
  EXPECT_THAT(screen, HasSubstr("AGENT"));
  EXPECT_THAT(screen, HasSubstr("janitor"));
}

TEST(ListView, OfAllNamespacesTheNamesCanBeTypedAsTheyStand) {
  auto other = pending_request("promote-b2c3d4e5f6g7");
  other.key.namespace_name = "shop";
  const auto screen = view({pending_request("promote-a2b3c4d5e6f7"), other}, kNarrow, {});
  EXPECT_TRUE(screen.starts_with("Pending: 2 requests of agent deployer in 2 namespaces\n")) << screen;
  EXPECT_THAT(screen, HasSubstr("   payments/a2b3c\n"));
  EXPECT_THAT(screen, HasSubstr("   shop/b2c3d\n"));
}

TEST(ListView, OfWhatHasEndedTheLastAreShownAndTheOthersCounted) {
  std::vector<ApprovalRequest> requests;
  for (int i = 0; i < 30; ++i) {
    requests.push_back(pending_request("promote-" + std::to_string(100 + i)));
    requests.back().status.state = State::expired;
  }
  ListStyle style = kPayments;
  style.most_ended = 10;
  const auto screen = view(requests, kPipe, style);
  EXPECT_TRUE(
      screen.starts_with("Ended: the last 10 of 30 requests of agent deployer in namespace payments; --state "
                         "ended shows all\n"))
      << screen;
  EXPECT_EQ(std::ranges::count(screen, '\n'), 12);
}

TEST(ListView, InAPipeEachIsALineWithItsWholeName) {
  const auto text = view(a_night(), kPipe);
  for (const auto& request : a_night()) EXPECT_THAT(text, HasSubstr("   " + request.key.name + "\n"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 3 * 2 + 2 + 5);
  EXPECT_THAT(text, HasSubstr("   in 1 h 30 min   "));
}

TEST(ListView, WideTellsMore) {
  const auto text = view({approved_request()}, kNarrow, {.columns = Columns::wide, .namespace_name = "payments"});
  EXPECT_THAT(text, HasSubstr("   ENDS        POLICIES   REVIEWERS   REASON                         NAME\n"));
  EXPECT_THAT(text, HasSubstr("   in 13 min   promote    alice,bob   \"roll out the fix for #1234\"   "
                              "promote-7f3c9a1b2c\n"));
}

TEST(ListView, NothingIsHiddenBehindALongName) {
  auto request = privileged_request();
  request.spec.action.kubernetes()->target.name = std::string(200, 'n');
  const auto screen = view({request}, kNarrow);
  expect_fits(screen, 80);
  for (const auto* words : {"privileged true", "ghcr.io/stranger/api:1.4.2"}) EXPECT_THAT(screen, HasSubstr(words));
}

TEST(NewsView, SaysEachChangeOnce) {
  NewsView news;
  ListedNames names;
  auto request = pending_request("promote-7f3c9a1b2c4d");
  names.add(request.key);
  news.note(request);
  const auto line = [&] { return news.line(request, names, {}, kNarrow); };
  EXPECT_EQ(line(), "");
  request.resource_version = "2";
  EXPECT_EQ(line(), "");
  request.spec.reviews = {review_by("alice", model::Verdict::approve)};
  EXPECT_EQ(line(), "12:00:00Z  Pending, 1 of 2 approvals  deployments/api: image api:1 -> api:2\n  7f3c9\n");
  EXPECT_EQ(line(), "");
  request.spec.reviews = approved_request().spec.reviews;
  EXPECT_EQ(line(), "");
  request.status = approved_request().status;
  EXPECT_EQ(line(), "12:00:00Z  Approved by alice, bob  deployments/api: image api:1 -> api:2  7f3c9\n");
  EXPECT_EQ(line(), "");
}

TEST(NewsView, SaysANewRequestAtOnce) {
  NewsView news;
  ListedNames names;
  const auto request = pending_request("promote-7f3c9a1b2c4d");
  names.add(request.key);
  EXPECT_EQ(news.line(request, names, {}, kBroad),
            "12:00:00Z  Pending  deployments/api: image api:1 -> api:2  promote-7f3c9a1b2c4d\n");
  EXPECT_EQ(news.line(request, names, {}, kBroad), "");
}

}  // namespace
}  // namespace sallyport::cli
