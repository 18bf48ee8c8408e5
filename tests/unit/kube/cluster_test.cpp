#include "kube/cluster.hpp"

#include "fake_api_server.hpp"
#include "json/json.hpp"
#include "wire/request.hpp"

namespace sallyport::kube {
namespace {

using Answer = FakeApiServer::Answer;
using Call = FakeApiServer::Call;

model::ApprovalRequest a_request() {
  model::ApprovalRequest request{.key = {"payments", "promote-abc"}, .uid = "r1", .resource_version = "17"};
  request.spec.requester = {.user = {.username = "agent"}, .agent = "deployer"};
  request.spec.action = {.summary = "s",
                         .digest = "sha256:" + std::string(64, 'a'),
                         .of_type = model::Kubernetes{.target = {.resource = {"apps", "v1", "deployments", ""}}}};
  request.spec.expires_at = *parse_instant("2026-11-21T05:41:24Z");
  return request;
}

struct ClusterTest : testing::Test {
  void SetUp() override {
    boost::asio::co_spawn(io, events.run(), [this](std::exception_ptr) { ended = true; });
  }
  void TearDown() override {
    events.stop();
    EXPECT_TRUE(run_until(io, [this] { return ended; }));
  }

  boost::asio::io_context io;
  FakeApiServer::Handler handler = [](const Call&) { return Answer{.status = 404, .body = {}, .headers = {}}; };
  FakeApiServer server{io, [this](const Call& call) { return handler(call); }};
  std::unique_ptr<Api> api = server.make_api(io.get_executor());
  EventQueue events{io.get_executor(), *api};
  Readiness readiness{{"policies"}};
  KubeCluster cluster{*api, events, readiness, "sallyport-0"};
  bool ended = false;
};

TEST_F(ClusterTest, StatusIsReplacedOnTheVersionThatWasRead) {
  handler = [](const Call& call) { return Answer{.body = call.body, .headers = {}}; };
  model::RequestStatus status;
  status.state = model::State::approved;
  const auto replaced = run(io, cluster.replace_status(a_request(), status));
  ASSERT_TRUE(replaced) << replaced.error().message();
  EXPECT_EQ(replaced->status.state, model::State::approved);
  EXPECT_EQ(replaced->resource_version, "17");
  EXPECT_TRUE(server.calls()[0].is(
      "PUT /apis/sallyport.dev/v1alpha1/namespaces/payments/approvalrequests/promote-abc/status HTTP/1.1"));
  EXPECT_EQ((*json::parse(server.calls()[0].body))["metadata"]["resourceVersion"].text(), "17");
}

TEST_F(ClusterTest, ARequestIsDeletedOnlyAsItWasRead) {
  handler = [](const Call&) { return Answer{.body = R"({"kind":"Status","status":"Success"})", .headers = {}}; };
  EXPECT_TRUE(run(io, cluster.delete_request(a_request())));
  EXPECT_TRUE(server.calls()[0].is(
      "DELETE /apis/sallyport.dev/v1alpha1/namespaces/payments/approvalrequests/promote-abc HTTP/1.1"));
  const auto preconditions = (*json::parse(server.calls()[0].body))["preconditions"];
  EXPECT_EQ(preconditions["uid"].text(), "r1");
  EXPECT_EQ(preconditions["resourceVersion"].text(), "17");

  handler = [](const Call&) { return Answer{.status = 409, .body = R"({"reason":"Conflict"})", .headers = {}}; };
  EXPECT_EQ(run(io, cluster.delete_request(a_request())).error().code(), ErrorCode::conflict);
  handler = [](const Call&) { return Answer{.status = 504, .body = "{}", .headers = {}}; };
  EXPECT_EQ(run(io, cluster.delete_request(a_request())).error().code(), ErrorCode::unknown_outcome);
}

TEST_F(ClusterTest, TheRaceForAStatusIsAConflict) {
  handler = [](const Call&) { return Answer{.status = 409, .body = R"({"reason":"Conflict"})", .headers = {}}; };
  EXPECT_EQ(run(io, cluster.replace_status(a_request(), {})).error().code(), ErrorCode::conflict);
  handler = [](const Call&) { return Answer{.status = 409, .body = R"({"reason":"AlreadyExists"})", .headers = {}}; };
  EXPECT_EQ(run(io, cluster.create_request({"payments", "a"}, a_request().spec)).error().code(),
            ErrorCode::already_exists);
}

TEST_F(ClusterTest, AWriteWhoseAnswerCanNotBeReadMayHaveHappened) {
  handler = [](const Call&) { return Answer{.status = 201, .body = R"({"kind":"Surprise"})", .headers = {}}; };
  EXPECT_EQ(run(io, cluster.create_request({"payments", "a"}, a_request().spec)).error().code(),
            ErrorCode::unknown_outcome);
  EXPECT_EQ(run(io, cluster.replace_status(a_request(), {})).error().code(), ErrorCode::unknown_outcome);
  EXPECT_EQ(run(io, cluster.read_request({"payments", "a"})).error().code(), ErrorCode::bad_input);
}

TEST_F(ClusterTest, OnlyAPlainYesMayApprove) {
  const std::pair<const char*, bool> answers[] = {{R"({"status":{"allowed":true}})", true},
                                                  {R"({"status":{"allowed":false}})", false},
                                                  {R"({"status":{"allowed":true,"denied":true}})", false},
                                                  {R"({"status":{"allowed":"true"}})", false},
                                                  {"{}", false}};
  for (const auto& [body, expected] : answers) {
    handler = [body](const Call&) { return Answer{.status = 201, .body = body, .headers = {}}; };
    EXPECT_EQ(run(io, cluster.may_approve({.username = "alice"}, {"payments", "a"})), expected) << body;
  }
  handler = [](const Call&) { return Answer{.kind = Answer::Kind::hang_up, .body = {}, .headers = {}}; };
  EXPECT_EQ(run(io, cluster.may_approve({.username = "alice"}, {"payments", "a"})).error().code(),
            ErrorCode::unavailable);
}

TEST_F(ClusterTest, EventsAreSentWithoutAnybodyWaiting) {
  handler = [](const Call&) { return Answer{.status = 201, .body = "{}", .headers = {}}; };
  cluster.announce(a_request(), "Opened", "waits for owner");
  cluster.announce(a_request(), "Approved", "by alice");
  EXPECT_TRUE(server.calls().empty());
  ASSERT_TRUE(run_until(io, [this] { return server.calls().size() == 2; }));
  EXPECT_TRUE(server.calls()[0].is("POST /apis/events.k8s.io/v1/namespaces/payments/events HTTP/1.1"));
  const auto first = *json::parse(server.calls()[0].body), second = *json::parse(server.calls()[1].body);
  EXPECT_EQ(first["reason"].text(), "Opened");
  EXPECT_NE(first["metadata"]["name"].text(), second["metadata"]["name"].text());
  EXPECT_EQ(events.lost(), 0u);
}

TEST_F(ClusterTest, TooManyEventsAreLostAndCounted) {
  for (int i = 0; i < 300; ++i) cluster.announce(a_request(), "Opened", "");
  EXPECT_EQ(events.lost(), 300u - 256u);
}

TEST_F(ClusterTest, IsReadyOnlyWithTheServersClockAndProofs) {
  const auto steady = [] {
    return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
  };
  EXPECT_EQ(cluster.why_not_ready(), "the API server has not been reached yet");
  handler = [](const Call&) { return Answer{.body = "{}", .headers = "Date: Sat, 21 Nov 2020 05:41:24 GMT\r\n"}; };
  (void)run(io, api->send(get("/x")));
  EXPECT_TRUE(cluster.why_not_ready()->starts_with("the API server's clock is -")) << *cluster.why_not_ready();
  handler = [](const Call&) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    char date[64];
    const std::time_t time = std::chrono::system_clock::to_time_t(now);
    std::strftime(date, sizeof date, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", std::gmtime(&time));
    return Answer{.body = "{}", .headers = date};
  };
  (void)run(io, api->send(get("/x")));
  EXPECT_EQ(cluster.why_not_ready(), "policies could not be read from the API server yet");
  readiness.confirm("policies", steady());
  EXPECT_EQ(cluster.why_not_ready(), std::nullopt);
}

}  // namespace
}  // namespace sallyport::kube
