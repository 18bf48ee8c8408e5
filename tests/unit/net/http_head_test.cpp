#include "net/http_head.hpp"

#include <gtest/gtest.h>

namespace sallyport::net {
namespace {

TEST(FindHeadEnd, FindsAnEndThatCameInPieces) {
  const std::string_view bytes = "GET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
  const std::size_t end = bytes.size() - 4;
  for (std::size_t searched = 0; searched < end; ++searched) {
    EXPECT_EQ(find_head_end(bytes.substr(0, end - 1), 0), std::string_view::npos);
    EXPECT_EQ(find_head_end(bytes, searched), end) << "searched up to " << searched;
  }
}

TEST(ParseHead, TakesWhatTheApiServerSends) {
  const auto head = parse_head(
      "POST /k3y/admit?timeout=10s HTTP/1.1\r\nHost: sallyport.sallyport.svc:443\r\nUser-Agent: "
      "kube-apiserver-admission\r\n"
      "Content-Length: 2048\r\nAccept: application/json, */*\r\nContent-Type: application/json\r\n"
      "Accept-Encoding: gzip\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->method, "POST");
  EXPECT_EQ(head->path, "/k3y/admit");
  EXPECT_EQ(head->query, "timeout=10s");
  EXPECT_EQ(head->content_type, "application/json");
  EXPECT_EQ(head->content_length, 2048);
  EXPECT_TRUE(head->keep_alive);
  EXPECT_FALSE(head->expects_continue);
}

TEST(ParseHead, KnowsWhenTheConnectionEnds) {
  EXPECT_FALSE(parse_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")->keep_alive);
  EXPECT_FALSE(parse_head("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")->keep_alive);
  EXPECT_TRUE(parse_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n")->keep_alive);
}

TEST(ParseHead, SeesExpectContinue) {
  const auto head = parse_head("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_TRUE(head->expects_continue);
}

TEST(ParseHead, KeepsAllFieldsOnlyIfAsked) {
  const std::string bytes =
      "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1\r\nX: one\r\nContent-Type: text/x\r\nx:two\r\nEmpty:\r\n\r\n";
  const auto lean = parse_head(bytes);
  ASSERT_TRUE(lean);
  EXPECT_EQ(lean->headers.begin(), lean->headers.end());
  const auto head = parse_head(bytes, Fields::all);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->headers.get("cookie"), "a=1");
  EXPECT_EQ(head->headers.get("Content-Type"), "text/x");
  EXPECT_EQ(head->headers.get("Empty"), "");
  EXPECT_EQ(head->headers.all("X"), (std::vector<std::string_view>{"one", "two"}));
}

TEST(ParseHead, TakesFieldsUpToTheBoundHoweverFewAreKept) {
  const auto with_fields = [](std::size_t count) {
    std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (std::size_t i = 1; i < count; ++i) bytes += "X: y\r\n";
    return bytes + "\r\n";
  };
  for (const Fields fields : {Fields::needed, Fields::all}) {
    EXPECT_TRUE(parse_head(with_fields(Headers::kMostFields), fields));
    const auto too_many = parse_head(with_fields(Headers::kMostFields + 1), fields);
    ASSERT_FALSE(too_many);
    EXPECT_EQ(too_many.error(), Event::head_too_large);
  }
}

struct Refused {
  const char* why;
  Event event;
  std::string head;
};

class ParseHeadRefuses : public testing::TestWithParam<Refused> {};

TEST_P(ParseHeadRefuses, Head) {
  const auto head = parse_head(GetParam().head);
  ASSERT_FALSE(head) << GetParam().why;
  EXPECT_EQ(head.error(), GetParam().event) << GetParam().why << ": " << to_string(head.error());
}

std::string with(const std::string& fields) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    Table, ParseHeadRefuses,
    testing::Values(
        Refused{"chunked", Event::length_required, with("Transfer-Encoding: chunked\r\n")},
        Refused{"another encoding", Event::length_required, with("Transfer-Encoding: gzip\r\n")},
        Refused{"chunked twice", Event::length_required,
                with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
        Refused{"encoding, then length", Event::bad_request,
                with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")},
        Refused{"length, then encoding", Event::bad_request,
                with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")},
        Refused{"length and unknown encoding", Event::bad_request,
                with("Content-Length: 5\r\nTransfer-Encoding: x\r\n")},
        Refused{"two lengths", Event::bad_request, with("Content-Length: 5\r\nContent-Length: 6\r\n")},
        Refused{"the same length twice", Event::bad_request, with("Content-Length: 5\r\nContent-Length: 5\r\n")},
        Refused{"a list of lengths", Event::bad_request, with("Content-Length: 5, 5\r\n")},
        Refused{"a negative length", Event::bad_request, with("Content-Length: -1\r\n")},
        Refused{"a signed length", Event::bad_request, with("Content-Length: +5\r\n")},
        Refused{"a hexadecimal length", Event::bad_request, with("Content-Length: 0x5\r\n")},
        Refused{"an empty length", Event::bad_request, with("Content-Length: \r\n")},
        Refused{"a length beyond 64 bits", Event::bad_request, with("Content-Length: 18446744073709551616\r\n")},
        Refused{"a folded length", Event::bad_request, with("Content-Length:\r\n 5\r\n")},
        Refused{"a blank before the colon", Event::bad_request, with("Content-Length : 5\r\n")},
        Refused{"no Host", Event::bad_request, "GET / HTTP/1.1\r\n\r\n"},
        Refused{"two Hosts", Event::bad_request, with("Host: b\r\n")},
        Refused{"HTTP/2 preface", Event::bad_request, "PRI * HTTP/2.0\r\n\r\n"},
        Refused{"HTTP/1.2", Event::bad_request, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"},
        Refused{"no version", Event::bad_request, "GET /\r\nHost: a\r\n\r\n"},
        Refused{"no target", Event::bad_request, "GET  HTTP/1.1\r\nHost: a\r\n\r\n"},
        Refused{"a blank in the target", Event::bad_request, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
        Refused{"a NUL in a field", Event::bad_request, with(std::string("X: a\0b\r\n", 8))},
        Refused{"a bare line feed", Event::bad_request, "GET / HTTP/1.1\nHost: a\r\n\r\n"},
        Refused{"a bare carriage return", Event::bad_request, with("X: a\rb\r\n")},
        Refused{"a field without colon", Event::bad_request, with("nonsense\r\n")},
        Refused{"empty lines first", Event::bad_request, "\r\n\r\n"},
        Refused{"binary", Event::bad_request, "\x16\x03\x01\x02\r\n\r\n"}),
    [](const auto& info) { return "Case" + std::to_string(info.index); });

TEST(FormatAnswer, CountsTheBodyAndNamesTheEnd) {
  const Response response{429, "application/json", "{}", 7};
  EXPECT_EQ(format_answer(response, "now", false, true),
            "HTTP/1.1 429 Too Many Requests\r\nDate: now\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
            "Retry-After: 7\r\nConnection: close\r\n\r\n{}");
  EXPECT_EQ(format_answer({200, "text/plain", "ok"}, "now", true, false),
            "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n");
}

TEST(FormatAnswer, CarriesHeadersAndLeavesOutABodyThatCannotBe) {
  Response response{200, "text/plain", "ok"};
  response.headers.add("Set-Cookie", "a=1");
  response.headers.add("Set-Cookie", "b=2");
  EXPECT_EQ(format_answer(response, "now", true, true),
            "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: text/plain\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
            "Content-Length: 2\r\n\r\nok");
  response.headers = {{"ETag", "\"x\""}};
  response.status = 304;
  EXPECT_EQ(format_answer(response, "now", true, true),
            "HTTP/1.1 304 Not Modified\r\nDate: now\r\nETag: \"x\"\r\n\r\n");
}

TEST(FormatChunk, SaysItsSizeInHexadecimal) {
  EXPECT_EQ(format_chunk("seventeen letters"), "11\r\nseventeen letters\r\n");
}

TEST(FormatHttpDate, IsImfFixdate) {
  EXPECT_EQ(format_http_date(std::chrono::system_clock::time_point(std::chrono::seconds(784111777))),
            "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace sallyport::net
