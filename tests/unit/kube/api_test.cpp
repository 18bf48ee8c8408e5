#include "kube/api.hpp"

#include <filesystem>
#include <fstream>

#include "fake_api_server.hpp"
#include "json/json.hpp"

namespace sallyport::kube {
namespace {

using Answer = FakeApiServer::Answer;
using Call = FakeApiServer::Call;

const std::string kConflict =
    R"({"kind":"Status","code":409,"reason":"Conflict","message":"the object has been modified"})";

Answer hang_up() {
  return {.kind = Answer::Kind::hang_up, .body = {}, .headers = {}};
}

struct ApiTest : testing::Test {
  void answer(FakeApiServer::Handler handler, Config config = {}) {
    server.emplace(io, std::move(handler));
    api = server->make_api(io.get_executor(), std::move(config));
  }
  Result<json::Value> send(ApiCall call) { return run(io, api->send(std::move(call))); }

  boost::asio::io_context io;
  std::optional<FakeApiServer> server;
  std::unique_ptr<Api> api;
};

TEST_F(ApiTest, SaysWhoItIsAndWhatItWants) {
  Config config;
  config.token = Secret("t0ken");
  config.base_path = "/k8s";
  answer([](const Call&) { return Answer{.body = R"({"a":1})", .headers = {}}; }, std::move(config));
  const auto object = send(get("/api/v1/namespaces/n"));
  ASSERT_TRUE(object) << object.error().message();
  EXPECT_EQ((*object)["a"].integer(), 1);
  const Call& call = server->calls().at(0);
  EXPECT_TRUE(call.is("GET /k8s/api/v1/namespaces/n HTTP/1.1\r\n")) << call.head;
  EXPECT_TRUE(call.has("\r\nUser-Agent: sallyport/test\r\n"));
  EXPECT_TRUE(call.has("\r\nAuthorization: Bearer t0ken\r\n"));
  EXPECT_TRUE(call.has("\r\nAccept: application/json\r\n"));
}

TEST_F(ApiTest, EachWriteHasItsMethodAndType) {
  answer([](const Call&) { return Answer{.body = "{}", .headers = {}}; });
  const json::Value body = json::Value().set("k", "v");
  for (ApiCall call :
       {create("/c", body), replace("/r", body), merge_patch("/m", body), server_side_apply("/s", body)}) {
    EXPECT_EQ(call.effect, Effect::write);
    EXPECT_TRUE(send(std::move(call)));
  }
  const auto& calls = server->calls();
  EXPECT_TRUE(calls[0].is("POST /c ") && calls[0].has("Content-Type: application/json\r\n"));
  EXPECT_TRUE(calls[1].is("PUT /r ") && calls[1].has("Content-Type: application/json\r\n"));
  EXPECT_TRUE(calls[2].is("PATCH /m ") && calls[2].has("Content-Type: application/merge-patch+json\r\n"));
  EXPECT_TRUE(calls[3].is("PATCH /s?force=true&fieldManager=sallyport ") &&
              calls[3].has("Content-Type: application/apply-patch+yaml\r\n"));
  EXPECT_EQ(calls[0].body, R"({"k":"v"})");
}

TEST_F(ApiTest, WarningsComeWithTheObject) {
  answer([](const Call&) {
    return Answer{.body = R"({"a":1})",
                  .headers =
                      "Warning: 299 - \"it says \\\"no\\\" [code=WouldAsk]\"\r\nWarning: 299 - \"second\"\r\n"
                      "Warning: 199 x \"of a proxy\"\r\nWarning: 299 - \"cut off\r\nWarning: 299 -\r\n"};
  });
  const auto heard = run(io, api->ask(get("/x")));
  ASSERT_TRUE(heard) << heard.error().message();
  EXPECT_EQ(heard->object["a"].integer(), 1);
  EXPECT_EQ(heard->warnings, (std::vector<std::string>{"it says \"no\" [code=WouldAsk]", "second"}));
}

TEST_F(ApiTest, RefusalsAreErrorsThatNameTheCall) {
  answer([](const Call&) { return Answer{.status = 409, .body = kConflict, .headers = {}}; });
  const auto refused = send(replace("/apis/x/status?q=1", json::Value::object()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::conflict);
  EXPECT_EQ(refused.error().message(), "PUT /apis/x/status: HTTP 409: the object has been modified");
}

TEST_F(ApiTest, ReadsAreSentAgainWhenAskedTo) {
  int calls = 0;
  answer([&calls](const Call&) {
    return ++calls < 3 ? Answer{.status = calls == 1 ? 429 : 503, .body = {}, .headers = "Retry-After: 0\r\n"}
                       : Answer{.body = "{}", .headers = {}};
  });
  EXPECT_TRUE(send(get("/x")));
  EXPECT_EQ(calls, 3);
}

TEST_F(ApiTest, ReadsAreNotSentAgainBeyondTheirTimeOrUnasked) {
  for (const char* headers : {"Retry-After: 60\r\n", "", "Retry-After: soon\r\n"}) {
    int calls = 0;
    answer([&calls, headers](const Call&) { return ++calls, Answer{.status = 503, .body = {}, .headers = headers}; });
    const auto refused = send(get("/x"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::unavailable);
    EXPECT_EQ(calls, 1);
  }
}

TEST_F(ApiTest, WritesAreSentOnce) {
  int calls = 0;
  answer([&calls](const Call&) { return ++calls, Answer{.status = 503, .body = {}, .headers = "Retry-After: 0\r\n"}; });
  const auto refused = send(create("/x", json::Value::object()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::unknown_outcome);
  EXPECT_EQ(calls, 1);
}

TEST_F(ApiTest, AWriteWithoutAnAnswerMayHaveHappened) {
  answer([](const Call&) { return hang_up(); });
  const auto unknown = send(create("/x", json::Value::object()));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), ErrorCode::unknown_outcome);

  answer([](const Call&) { return Answer{.kind = Answer::Kind::stream, .body = {}, .headers = {}}; });  // no end
  ApiCall slow = create("/x", json::Value::object());
  slow.within = std::chrono::milliseconds(200);
  const auto timed_out = send(std::move(slow));
  ASSERT_FALSE(timed_out);
  EXPECT_EQ(timed_out.error().code(), ErrorCode::unknown_outcome);

  answer([](const Call&) { return Answer{.status = 201, .body = R"({"cut":)", .headers = {}}; });
  const auto unreadable = send(create("/x", json::Value::object()));
  ASSERT_FALSE(unreadable);
  EXPECT_EQ(unreadable.error().code(), ErrorCode::unknown_outcome);
}

TEST_F(ApiTest, AWriteToNobodyHasNotHappened) {
  answer([](const Call&) { return Answer{}; });
  server.reset();
  const auto refused = send(create("/x", json::Value::object()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::unavailable);
}

TEST_F(ApiTest, ForbiddenIsCounted) {
  answer([](const Call&) { return Answer{.status = 403, .body = {}, .headers = {}}; });
  EXPECT_EQ(send(get("/x")).error().code(), ErrorCode::forbidden);
  EXPECT_EQ(send(create("/x", json::Value::object())).error().code(), ErrorCode::forbidden);
  EXPECT_EQ(api->forbidden(), 2u);
}

TEST_F(ApiTest, A401IsTriedOnceMoreWithTheTokenFilesNewContent) {
  const auto file = std::filesystem::temp_directory_path() / ("sallyport-token-" + std::to_string(::getpid()));
  std::ofstream(file) << "old\n";
  Config config;
  config.token_file = file;
  config.token = Secret("old");
  answer(
      [](const Call& call) {
        return call.has("Bearer new\r\n") ? Answer{.status = 201, .body = "{}", .headers = {}}
                                          : Answer{.status = 401, .body = {}, .headers = {}};
      },
      std::move(config));
  EXPECT_EQ(send(create("/x", json::Value::object())).error().code(), ErrorCode::forbidden);
  EXPECT_EQ(server->calls().size(), 2u);
  std::ofstream(file) << "new\n";
  EXPECT_TRUE(send(create("/x", json::Value::object())));
  std::filesystem::remove(file);
}

// A CA file that changes whenever the server is asked to refuse a call, which makes the client read it again.
struct ApiWithNewCas : ApiTest {
  void SetUp() override {
    Config config;
    config.token_file = token;
    config.ca_file = ca;
    std::ofstream(token) << "t0ken";
    std::ofstream(ca) << "the first";
    config.endpoint.ca_pem = "the first";
    answer([this](const Call& call) { return handle(call); }, std::move(config));
  }
  void TearDown() override {
    std::filesystem::remove(token);
    std::filesystem::remove(ca);
  }
  Answer handle(const Call& call) {
    if (call.is("GET /slow")) return {.kind = Answer::Kind::stream, .body = {}, .headers = {}};
    if (!std::exchange(refuse, false)) return {.body = "{}", .headers = {}};
    std::ofstream(ca) << "number " << ++cas;
    return {.status = 401, .body = {}, .headers = {}};
  }
  void bring_new_ca() {
    refuse = true;
    ASSERT_TRUE(send(get("/x")));
  }

  std::filesystem::path token = testing::TempDir() + "sallyport-token-" + std::to_string(::getpid());
  std::filesystem::path ca = testing::TempDir() + "sallyport-ca-" + std::to_string(::getpid());
  bool refuse = false;
  int cas = 0;
};

TEST_F(ApiWithNewCas, LeaveNoConnectionOfTheOldOnesOpen) {
  for (int i = 0; i < 20; ++i) bring_new_ca();
  ASSERT_EQ(cas, 20);
  EXPECT_TRUE(run_until(io, [this] { return server->open_connections() == 1; })) << server->open_connections();
}

TEST_F(ApiWithNewCas, CutNoCallOffThatIsUnderWay) {
  std::optional<Result<json::Value>> slow;
  boost::asio::co_spawn(io, api->send(get("/slow")),
                        [&slow](std::exception_ptr, Result<json::Value> result) { slow = std::move(result); });
  ASSERT_TRUE(run_until(io, [this] { return server->open_streams() == 1; }));
  bring_new_ca();
  bring_new_ca();
  server->feed(R"({"a":1})");
  server->end_streams();
  ASSERT_TRUE(run_until(io, [&slow] { return slow.has_value(); }));
  ASSERT_TRUE(*slow) << slow->error().message();
}

TEST_F(ApiWithNewCas, CutNoWatchOff) {
  auto watch = run(io, api->open(get("/slow?watch=true")));
  ASSERT_TRUE(watch) << watch.error().message();
  bring_new_ca();
  bring_new_ca();
  server->feed("still here\n");
  const auto heard = run(io, (*watch)->read_some(std::chrono::seconds(5)));
  EXPECT_EQ(heard.value_or(""), "still here\n");
}

TEST_F(ApiTest, ALargeAnswerIsParsedByTheWorkerAndHoldsNobodyUp) {
  HeldWorker held;
  const auto large = json::write(json::Value().set("text", std::string(Worker::kWorthTheWay, 'x')));
  server.emplace(io, [&large](const Call& call) {
    return Answer{.body = call.is("GET /large") ? large : R"({"a":1})", .headers = {}};
  });
  api = server->make_api(io.get_executor(), {}, held.worker());
  std::optional<Result<json::Value>> read;
  boost::asio::co_spawn(io, api->send(get("/large")),
                        [&read](std::exception_ptr, Result<json::Value> result) { read = std::move(result); });
  ASSERT_TRUE(run_until(io, [this] { return server->calls().size() == 1; }));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(send(get("/small")));
  EXPECT_FALSE(read);
  held.let_go();
  ASSERT_TRUE(run_until(io, [&read] { return read.has_value(); }));
  ASSERT_TRUE(*read) << read->error().message();
  EXPECT_EQ((**read)["text"].text().size(), Worker::kWorthTheWay);
}

TEST_F(ApiTest, TheTokenFileIsReadByTheWorkerAndHoldsNobodyUp) {
  HeldWorker held;
  const std::filesystem::path file = testing::TempDir() + "sallyport-held-token-" + std::to_string(::getpid());
  std::ofstream(file) << "new";
  Config config;
  config.token_file = file;
  config.token = Secret("old");
  server.emplace(io, [](const Call& call) {
    const bool known = call.has("Bearer new\r\n") || call.is("GET /open");
    return Answer{.status = known ? 200 : 401, .body = "{}", .headers = {}};
  });
  api = server->make_api(io.get_executor(), std::move(config), held.worker());
  std::optional<Result<json::Value>> read;
  boost::asio::co_spawn(io, api->send(get("/x")),
                        [&read](std::exception_ptr, Result<json::Value> result) { read = std::move(result); });
  ASSERT_TRUE(run_until(io, [this] { return server->calls().size() == 1; }));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(send(get("/open")));
  EXPECT_FALSE(read);
  held.let_go();
  ASSERT_TRUE(run_until(io, [&read] { return read.has_value(); }));
  EXPECT_TRUE(*read) << read->error().message();
  std::filesystem::remove(file);
}

TEST_F(ApiTest, ALargeAnswerThatIsNoJsonIsAnErrorOfTheCall) {
  HeldWorker held;
  held.let_go();
  server.emplace(io, [](const Call&) { return Answer{.body = std::string(Worker::kWorthTheWay, '{'), .headers = {}}; });
  api = server->make_api(io.get_executor(), {}, held.worker());
  EXPECT_EQ(send(get("/x")).error().code(), ErrorCode::unavailable);
  EXPECT_EQ(send(create("/x", json::Value::object())).error().code(), ErrorCode::unknown_outcome);
}

TEST_F(ApiTest, LearnsTheServersClock) {
  std::string date;
  answer([&date](const Call&) { return Answer{.body = "{}", .headers = date}; });
  EXPECT_TRUE(send(get("/x")));
  EXPECT_EQ(api->clock_offset(), std::nullopt);
  date = "Date: Sat, 21 Nov 2020 05:41:24 GMT\r\n";
  EXPECT_TRUE(send(get("/x")));
  ASSERT_TRUE(api->clock_offset());
  EXPECT_LT(*api->clock_offset(), -std::chrono::hours(24));
}

TEST_F(ApiTest, AStreamIsRefusedAsACallIs) {
  answer([](const Call&) {
    return Answer{.status = 410, .body = R"({"reason":"Expired","message":"too old"})", .headers = {}};
  });
  const auto stream = run(io, api->open(get("/x?watch=true")));
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code(), ErrorCode::too_old);
}

}  // namespace
}  // namespace sallyport::kube
