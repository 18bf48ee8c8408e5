#include "net/headers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/request_reader.hpp"
#include "unit/net/allocations.hpp"
#include "unit/net/peer.hpp"
#include "unit/net/test_server.hpp"

namespace sallyport::net::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Headers, NamesCompareWithoutCaseAndRepeatedOnesAreKept) {
  Headers headers{{"Authorization", "Bearer x"}};
  headers.add("Set-Cookie", "a=1");
  headers.add("set-cookie", "b=2");
  EXPECT_EQ(headers.get("AUTHORIZATION"), "Bearer x");
  EXPECT_EQ(headers.get("Cookie"), std::nullopt);
  EXPECT_THAT(headers.all("SET-Cookie"), ElementsAre("a=1", "b=2"));
  EXPECT_TRUE(headers.check());
}

TEST(Headers, OfTwoThatContradictEachOtherNoneIsBelieved) {
  const Headers headers{{"Authorization", "Bearer x"}, {"authorization", "Bearer y"}};
  EXPECT_EQ(headers.get("Authorization"), std::nullopt);
}

TEST(Headers, WhatWouldBeginAnotherFieldIsNotTaken) {
  const std::string injected[] = {"x\r\nSet-Cookie: admin=1", "x\nX: y", "x\ry", "x\r\n\r\nHTTP/1.1 200 OK",
                                  std::string("x\0y", 3),     "x\x7f"};
  for (const std::string& value : injected) {
    Headers headers;
    headers.add("Location", value);
    EXPECT_EQ(headers.begin(), headers.end());
    EXPECT_EQ(headers.check().error().message(), "the header Location has a control character in its value");
  }
  for (const std::string name : {"", "a b", "a:", "a\r\nb", "\xc3\xa4"}) {
    Headers headers;
    headers.add(name, "x");
    EXPECT_EQ(headers.begin(), headers.end());
    EXPECT_EQ(headers.check().error().code(), ErrorCode::bad_input);
  }
  EXPECT_TRUE(Headers({{"X", "tab\tand \xc3\xa4"}}).check());
}

TEST(Headers, AreBoundedInCountAndBytes) {
  Headers many;
  for (std::size_t i = 0; i < Headers::kMostFields; ++i) many.add("X", "y");
  EXPECT_TRUE(many.check());
  many.add("X", "y");
  EXPECT_FALSE(many.check());
  EXPECT_EQ(many.all("X").size(), Headers::kMostFields);
  Headers large;
  large.add("X", std::string(Headers::kMostBytes - 1, 'y'));
  EXPECT_TRUE(large.check());
  large.add("Y", "");
  EXPECT_FALSE(large.check());
}

TEST(Headers, ThoseThatFrameAMessageAreNotForCallersToSend) {
  for (const std::string name : {"content-length", "Transfer-Encoding", "CONNECTION", "Host", "Content-Type"}) {
    EXPECT_TRUE(Headers({{name, "x"}}).check());
    EXPECT_FALSE(check_for_sending({{name, "x"}})) << name;
  }
  EXPECT_TRUE(check_for_sending({{"Cookie", "a=1"}, {"Retry-After", "7"}}));
}

// What a handler was sent, it may send on.
Answer forward(Request request) {
  Response response{200, "text/plain", "ok"};
  for (const auto value : request.headers.all("X")) response.headers.add("X", std::string(value));
  if (request.path == "/inject") response.headers.add("Location", "/" + request.query + "\r\nSet-Cookie: admin=1");
  if (request.path == "/frame") response.headers.add("Content-Length", "0");
  if (request.path == "/type") response.content_type = "text/plain\r\nSet-Cookie: admin=1";
  return response;
}

TEST(HeadersOfTheServer, AreGivenToHandlersThatWantThem) {
  TestServer server(forward, {}, nullptr, true);
  Peer peer = Peer::plain(server.port());
  peer.send("GET / HTTP/1.1\r\nHost: a\r\nX: one\r\nx: two\r\n\r\n");
  EXPECT_THAT(peer.read_message(), HasSubstr("\r\nX: one\r\nX: two\r\n"));
  TestServer lean(forward);
  Peer other = Peer::plain(lean.port());
  other.send("GET / HTTP/1.1\r\nHost: a\r\nX: one\r\nx: two\r\n\r\n");
  EXPECT_THAT(other.read_message(), Not(HasSubstr("X: ")));
}

TEST(HeadersOfTheServer, AnInjectedHeaderMakesTheAnswerA500) {
  TestServer server(forward);
  std::uint64_t failed = 0;
  for (const std::string path : {"/inject", "/frame", "/type"}) {
    Peer peer = Peer::plain(server.port());
    peer.send("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const std::string answer = peer.read_to_end();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 ")) << path;
    EXPECT_THAT(answer, Not(HasSubstr("admin"))) << path;
    EXPECT_TRUE(server.saw(Event::handler_failed, ++failed));
  }
}

std::size_t allocations_of(const std::string& bytes, Fields fields) {
  const Limits limits;
  const auto bodies = std::make_shared<BodyPool>(limits, std::make_shared<Counters>());
  const std::size_t before = allocations_of_this_thread();
  RequestReader reader(limits, bodies, fields);
  reader.take(bytes);
  const Request request = reader.finish();
  const std::size_t made = allocations_of_this_thread() - before;
  EXPECT_EQ(request.path, "/k3y-of-the-webhook/admit");
  return made;
}

TEST(HeadersOfTheServer, TheWebhooksCallsTakeNoMemoryForHeaders) {
  if (!kCountsAllocations) GTEST_SKIP() << "ThreadSanitizer has an operator new of its own";
  const auto call = [](const std::string& fields) {
    return "POST /k3y-of-the-webhook/admit?timeout=10s HTTP/1.1\r\nHost: sallyport.sallyport.svc:443\r\n" + fields +
           "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
  };
  const std::string more =
      "User-Agent: kube-apiserver-admission\r\nAccept: application/json, */*\r\nTraceparent: " + std::string(55, '0') +
      "\r\nAccept-Encoding: gzip\r\n";
  const std::size_t least = allocations_of(call(""), Fields::needed);
  // The path, the content type, and the body twice: its bytes are small, but those of a real one are not.
  EXPECT_LE(least, 4u);
  EXPECT_EQ(allocations_of(call(more), Fields::needed), least);
  EXPECT_GT(allocations_of(call(more), Fields::all), least);
}

}  // namespace
}  // namespace sallyport::net::test
