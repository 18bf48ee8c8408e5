#include "net/request_reader.hpp"

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

namespace sallyport::net {
namespace {

using State = RequestReader::State;

std::string head(std::size_t length) {
  return "POST /admit?timeout=10s HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

class RequestReaderTest : public testing::Test {
 protected:
  // Fills the room with what is left of `bytes`, at most `at_most` at a time.
  static void fill(RequestReader& reader, std::string_view bytes, std::size_t at_most) {
    while (reader.state() == State::body && !bytes.empty()) {
      const auto room = reader.room();
      if (room.empty()) return;
      const std::size_t count = std::min({room.size(), bytes.size(), at_most});
      std::copy_n(bytes.begin(), count, room.begin());
      bytes.remove_prefix(count);
      reader.received(count);
    }
  }

  // One pool, of the limits as they are when the first body comes.
  const std::shared_ptr<BodyPool>& bodies() {
    if (!bodies_) bodies_ = std::make_shared<BodyPool>(limits_, counters_);
    return bodies_;
  }

  Limits limits_;
  std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
  std::shared_ptr<BodyPool> bodies_;
};

TEST_F(RequestReaderTest, PutsARequestTogetherByteByByte) {
  const std::string bytes = head(5) + "hello";
  RequestReader reader(limits_, bodies());
  EXPECT_FALSE(reader.started());
  for (const char byte : bytes.substr(0, bytes.size() - 5)) EXPECT_NE(reader.take({&byte, 1}), State::refused);
  EXPECT_EQ(reader.state(), State::body);
  EXPECT_TRUE(reader.started());
  fill(reader, "hello", 1);
  ASSERT_EQ(reader.state(), State::complete);
  const Request request = reader.finish();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/admit");
  EXPECT_EQ(request.query, "timeout=10s");
  EXPECT_EQ(std::string_view(request.body), "hello");
}

TEST_F(RequestReaderTest, ABodyIsExactlyAsLongAsItSaid) {
  for (std::size_t length = 0; length < 100; ++length) {
    RequestReader reader(limits_, bodies());
    ASSERT_EQ(reader.take(head(length) + std::string(length, 'x')), State::complete);
    EXPECT_EQ(std::string(reader.finish().body), std::string(length, 'x'));
  }
}

TEST_F(RequestReaderTest, PutsALargeBodyTogether) {
  std::string body(3'000'001, 'x');
  for (std::size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('a' + i % 26);
  RequestReader reader(limits_, bodies());
  reader.take(head(body.size()) + body.substr(0, 1000));
  fill(reader, std::string_view(body).substr(1000), 16384);
  ASSERT_EQ(reader.state(), State::complete);
  const Request request = reader.finish();
  EXPECT_EQ(std::string_view(request.body), body);
}

TEST_F(RequestReaderTest, BelievesNoClaimBeforeTheBytesCome) {
  RequestReader reader(limits_, bodies());
  reader.take(head(limits_.body_bytes));
  EXPECT_LE(counters_->body_bytes_in_flight, 128u * 1024);
  const std::string bytes(200 * 1024, 'x');
  fill(reader, bytes, bytes.size());
  EXPECT_LE(counters_->body_bytes_in_flight, 8u * 128 * 1024);
}

TEST_F(RequestReaderTest, TheShareOfABodyGoesWithTheRequest) {
  {
    RequestReader reader(limits_, bodies());
    reader.take(head(5) + "hello");
    Request request = reader.finish();
    EXPECT_EQ(counters_->body_bytes_in_flight, 5u);
    Request moved = std::move(request);
    EXPECT_EQ(counters_->body_bytes_in_flight, 5u);
  }
  EXPECT_EQ(counters_->body_bytes_in_flight, 0u);
}

TEST_F(RequestReaderTest, BodiesThatLiveAtOnceOrAfterEachOtherDoNotMix) {
  std::vector<Request> held;
  for (int round = 0; round < 3; ++round) {
    for (char letter = 'a'; letter < 'h'; ++letter) {
      const std::string body(300'000 + 100'000 * static_cast<std::size_t>(letter - 'a'), letter);
      RequestReader reader(limits_, bodies());
      reader.take(head(body.size()));
      fill(reader, body, 50'000);
      ASSERT_EQ(reader.state(), State::complete);
      held.push_back(reader.finish());
    }
    for (const Request& each : held) {
      const std::string_view body = each.body;
      EXPECT_EQ(body.find_first_not_of(body.front()), body.npos);
    }
    held.erase(held.begin(), held.end() - 2);
  }
  EXPECT_EQ(held[1].body.size(), 900'000u);
  held.clear();
  EXPECT_EQ(counters_->body_bytes_in_flight, 0u);
}

TEST_F(RequestReaderTest, ABodyMayGoOnAnotherThread) {
  RequestReader reader(limits_, bodies());
  const std::string body(1'000'000, 'x');
  reader.take(head(body.size()));
  fill(reader, body, body.size());
  std::thread([request = reader.finish()] { EXPECT_EQ(request.body.size(), 1'000'000u); }).join();
  EXPECT_EQ(counters_->body_bytes_in_flight, 0u);
}

TEST_F(RequestReaderTest, RefusesBodiesOverTheSharedLimitUntilOthersGo) {
  limits_.body_bytes_in_flight = 8;
  RequestReader first(limits_, bodies());
  first.take(head(5) + "hello");
  RequestReader second(limits_, bodies());
  EXPECT_EQ(second.take(head(5) + "hello"), State::refused);
  EXPECT_EQ(second.refusal(), Event::overloaded);
  {
    const Request gone = first.finish();
  }
  RequestReader third(limits_, bodies());
  EXPECT_EQ(third.take(head(5) + "hello"), State::complete);
}

TEST_F(RequestReaderTest, RefusesInTheMiddleOfABodyThatOutgrowsTheShare) {
  limits_.body_bytes_in_flight = 200 * 1024;
  RequestReader reader(limits_, bodies());
  ASSERT_EQ(reader.take(head(300 * 1024)), State::body);
  const std::string bytes(300 * 1024, 'x');
  fill(reader, bytes, bytes.size());
  EXPECT_EQ(reader.state(), State::refused);
  EXPECT_EQ(reader.refusal(), Event::overloaded);
  EXPECT_EQ(counters_->body_bytes_in_flight, 0u);
}

TEST_F(RequestReaderTest, HoldsBodiesToTheLimit) {
  limits_.body_bytes = 10;
  RequestReader fits(limits_, bodies());
  EXPECT_EQ(fits.take(head(10)), State::body);
  RequestReader does_not(limits_, bodies());
  EXPECT_EQ(does_not.take(head(11)), State::refused);
  EXPECT_EQ(does_not.refusal(), Event::body_too_large);
}

TEST_F(RequestReaderTest, HoldsHeadsToTheLimitFinishedOrNot) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  limits_.head_bytes = 1000;
  RequestReader fits(limits_, bodies());
  EXPECT_EQ(fits.take(start + std::string(1000 - start.size() - 4, 'x') + "\r\n\r\n"), State::complete);
  RequestReader too_long(limits_, bodies());
  EXPECT_EQ(too_long.take(start + std::string(1001 - start.size() - 4, 'x') + "\r\n\r\n"), State::refused);
  EXPECT_EQ(too_long.refusal(), Event::head_too_large);
  RequestReader endless(limits_, bodies());
  endless.take(start);
  EXPECT_EQ(endless.take(std::string(1000, 'x')), State::refused);
  EXPECT_EQ(endless.refusal(), Event::head_too_large);
}

TEST_F(RequestReaderTest, ASecondRequestInTheSameBytesEndsTheConnection) {
  RequestReader one(limits_, bodies());
  ASSERT_EQ(one.take(head(5) + "hello"), State::complete);
  EXPECT_TRUE(one.keep_alive());
  RequestReader two(limits_, bodies());
  ASSERT_EQ(two.take(head(5) + "hello" + head(5) + "world"), State::complete);
  EXPECT_FALSE(two.keep_alive());
  EXPECT_EQ(std::string(two.finish().body), "hello");
}

}  // namespace
}  // namespace sallyport::net
