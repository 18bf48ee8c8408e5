#include "cli/follow.hpp"

#include <gmock/gmock.h>

#include "json/json.hpp"
#include "unit/kube/fake_api_server.hpp"

namespace sallyport::cli {
namespace {

using kube::FakeApiServer;
using Answer = FakeApiServer::Answer;
using testing::ElementsAre;

std::string object(std::string_view name, int version) {
  return fmt::format(R"({{"metadata":{{"namespace":"n","name":"{0}","uid":"{0}","resourceVersion":"{1}"}}}})", name,
                     version);
}

// Follows the requests of an API server, and stops where `until` says so.
struct Follow : testing::Test {
  Answer handle(const FakeApiServer::Call& call) {
    if (call.has("watch=true")) return {.kind = Answer::Kind::stream, .body = {}, .headers = {}};
    if (status != 200) return {.status = status, .body = R"({"message":"no"})", .headers = {}};
    return {.body = fmt::format(R"({{"kind":"XList","metadata":{{"resourceVersion":"10"}},"items":[{}]}})",
                                fmt::join(items, ",")),
            .headers = {}};
  }
  void begin(Following what = {}) {
    session.emplace(server.make_api(io.get_executor()), io.get_executor(), Server{"http://x", ""}, "n");
    const auto note = [this](std::string text) {
      told.push_back(std::move(text));
      return told.back() != until;
    };
    boost::asio::co_spawn(
        io,
        follow(
            *session, std::move(what),
            [note](News news, json::Value object) {
              return note(news == News::gone ? "gone" : std::string(object["metadata"]["name"].text()));
            },
            [note] { return note("listed"); }),
        [this](std::exception_ptr error, Outcome<Exit> outcome) {
          EXPECT_FALSE(error);
          ended = std::move(outcome);
        });
  }
  bool has_ended() {
    return kube::run_until(io, [this] { return ended.has_value(); });
  }

  boost::asio::io_context io;
  int status = 200;
  std::vector<std::string> items;
  std::string until;
  std::vector<std::string> told;
  std::optional<Outcome<Exit>> ended;
  FakeApiServer server{io, [this](const FakeApiServer::Call& call) { return handle(call); }};
  std::optional<Session> session;
};

TEST_F(Follow, TellsWhatStandsThenWhatHappensUntilToldToStop) {
  items = {object("a", 3), object("b", 4)};
  until = "gone";
  begin();
  ASSERT_TRUE(kube::run_until(io, [this] { return server.open_streams() == 1; }));
  server.feed(
      fmt::format("{{\"type\":\"ADDED\",\"object\":{}}}\n{{\"type\":\"DELETED\",\"object\":{}}}\n"
                  "{{\"type\":\"ADDED\",\"object\":{}}}\n",
                  object("c", 11), object("a", 12), object("d", 13)));
  ASSERT_TRUE(has_ended());
  EXPECT_EQ(**ended, Exit::done);
  EXPECT_THAT(told, ElementsAre("a", "b", "listed", "c", "gone"));
}

TEST_F(Follow, OfOneRequestAsksForNothingElse) {
  until = "listed";
  begin({.namespace_name = "n", .name = "a", .deadline = std::nullopt});
  ASSERT_TRUE(has_ended());
  EXPECT_TRUE(server.calls().front().is("GET /apis/sallyport.dev/v1alpha1/namespaces/n/approvalrequests?"));
  EXPECT_TRUE(server.calls().front().has("fieldSelector=metadata.name%3Da"));
}

TEST_F(Follow, StopsInTheMidstOfAList) {
  items = {object("a", 3), object("b", 4)};
  until = "a";
  begin();
  ASSERT_TRUE(has_ended());
  EXPECT_EQ(**ended, Exit::done);
  EXPECT_THAT(told, ElementsAre("a"));
}

TEST_F(Follow, EndsAtOnceWhereItCanNotBegin) {
  status = 403;
  begin();
  ASSERT_TRUE(has_ended());
  ASSERT_FALSE(*ended);
  EXPECT_NE(ended->error().exit, Exit::timed_out);
  EXPECT_EQ(server.calls().size(), 1u);
}

TEST_F(Follow, EndsAtItsDeadlineWhateverItWaitsFor) {
  begin({.namespace_name = "n", .name = "", .deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1)});
  ASSERT_TRUE(kube::run_until(io, [this] { return server.open_streams() == 1; }));
  ASSERT_TRUE(has_ended());
  ASSERT_FALSE(*ended);
  EXPECT_EQ(ended->error().exit, Exit::timed_out);
}

TEST_F(Follow, TriesAgainWhereTheServerGoesAwayForAWhile) {
  until = "b";
  begin();
  ASSERT_TRUE(kube::run_until(io, [this] { return server.open_streams() == 1; }));
  status = 500;
  server.feed("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}}\n");
  const auto before = server.calls().size();
  ASSERT_TRUE(kube::run_until(io, [&] { return server.calls().size() > before + 1; }));
  status = 200;
  items = {object("b", 9)};
  ASSERT_TRUE(has_ended());
  EXPECT_EQ(**ended, Exit::done);
  EXPECT_THAT(told, ElementsAre("listed", "b"));
}

}  // namespace
}  // namespace sallyport::cli
