// Answers whose bodies are written as time goes.
#include <atomic>

#include <boost/asio/as_tuple.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/peer.hpp"
#include "unit/net/test_server.hpp"

namespace sallyport::net::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kGet = "GET /events HTTP/1.1\r\nHost: a\r\n\r\n";

// A handler that answers with a stream: what is told, each piece once `next` was called; all on the server's loop.
class Feed {
 public:
  explicit Feed(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}

  [[nodiscard]] Handler handler() {
    return [this](Request request) -> Answer {
      Response response{200, "text/event-stream"};
      response.headers.add("Cache-Control", "no-store");
      response.write_body = [this, call = request.call](BodyWriter& writer) { return write(&writer, call); };
      return response;
    };
  }
  void next(Loop& loop) {
    loop.run([this] {
      ++allowed_;
      if (const auto bell = bell_.lock()) bell->cancel();
    });
  }
  [[nodiscard]] bool runs() const { return runs_; }
  [[nodiscard]] bool was_told() const { return told_; }
  [[nodiscard]] bool was_refused() const { return refused_; }

 private:
  // The writer is the connection's, and lives longer than this.
  boost::asio::awaitable<void> write(BodyWriter* writer, std::shared_ptr<Call> call) {
    runs_ = true;
    const auto bell = std::make_shared<boost::asio::steady_timer>(co_await boost::asio::this_coro::executor);
    bell->expires_at(std::chrono::steady_clock::time_point::max());
    bell_ = bell;
    call->when_closed([this, bell] {
      told_ = true;
      bell->cancel();
    });
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      while (allowed_ <= i && call->is_open())
        co_await bell->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
      if (!co_await writer->write(pieces_[i])) {
        refused_ = true;
        break;
      }
    }
    runs_ = false;
  }

  const std::vector<std::string> pieces_;
  std::size_t allowed_ = 0;                        // the loop's thread
  std::weak_ptr<boost::asio::steady_timer> bell_;  // the loop's thread
  std::atomic<bool> runs_{false};
  std::atomic<bool> told_{false};
  std::atomic<bool> refused_{false};
};

class StreamTest : public testing::TestWithParam<bool> {
 protected:
  [[nodiscard]] std::shared_ptr<TlsContext> tls() const { return GetParam() ? tls_ : nullptr; }
  [[nodiscard]] Peer connect(const TestServer& server) const {
    return GetParam() ? Peer::tls(server.port()) : Peer::plain(server.port());
  }
  // Until `what` has come.
  static std::string read_until(Peer& peer, std::string_view what) {
    std::string got;
    while (!got.ends_with(what)) {
      const std::string piece = peer.read_some();
      if (piece.empty()) break;
      got += piece;
    }
    return got;
  }

 private:
  std::shared_ptr<TlsContext> tls_ = make_tls(Authority("ca").issue_server("server"));
};

TEST_P(StreamTest, TheHeadComesAtOnceAndEachPieceAsItIsWritten) {
  Feed feed({"data: one\n\n", "", "data: two\n\n"});
  TestServer server(feed.handler(), {}, tls());
  Peer peer = connect(server);
  peer.send(kGet);
  EXPECT_THAT(read_until(peer, "\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Type: text/event-stream\r\n"),
                    HasSubstr("Cache-Control: no-store\r\n"), HasSubstr("Transfer-Encoding: chunked\r\n"),
                    HasSubstr("Connection: close\r\n"), Not(HasSubstr("Content-Length"))));
  feed.next(server.loop());
  EXPECT_EQ(read_until(peer, "one\n\n\r\n"), "b\r\ndata: one\n\n\r\n");
  feed.next(server.loop());  // an empty piece is no end
  feed.next(server.loop());
  EXPECT_EQ(peer.read_to_end(), "b\r\ndata: two\n\n\r\n0\r\n\r\n");
  EXPECT_TRUE(server.saw(Event::answered));
  EXPECT_FALSE(feed.was_told());
  peer.close();
  EXPECT_TRUE(eventually([&] { return server.counters().connections == 0; }));
}

TEST_P(StreamTest, ACallerWhoLeavesEndsIt) {
  for (const auto leave : {&Peer::close, &Peer::hang_up, &Peer::reset}) {
    Feed feed({"never"});
    TestServer server(feed.handler(), {}, tls());
    Peer peer = connect(server);
    peer.send(kGet);
    (void)read_until(peer, "\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return feed.runs(); }));
    (peer.*leave)();
    EXPECT_TRUE(eventually([&] { return feed.was_told() && feed.was_refused() && !feed.runs(); }));
    EXPECT_TRUE(eventually([&] { return server.counters().connections == 0; }));
    EXPECT_EQ(server.counters()[Event::caller_gone], 1u);
    EXPECT_EQ(server.counters()[Event::answered], 0u);
  }
}

TEST_P(StreamTest, WhoDoesNotReadHoldsUpWhoWritesAndIsCutOff) {
  Limits limits;
  limits.write = 300ms;
  std::atomic<std::size_t> written{0};
  std::atomic<bool> ended{false};
  const auto endless = [&](Request) -> Answer {
    Response response{200, "text/plain"};
    response.write_body = [&](BodyWriter& writer) -> boost::asio::awaitable<void> {
      while (co_await writer.write(std::string(1 << 20, 'x'))) written += 1 << 20;
      ended = true;
    };
    return response;
  };
  TestServer server(endless, limits, tls());
  Peer deaf = connect(server);
  deaf.send(kGet);
  EXPECT_TRUE(server.saw(Event::timed_out_write));
  EXPECT_TRUE(eventually([&] { return ended.load(); }));
  // What the system buffers for a socket, and no more.
  EXPECT_LT(written, 64u << 20);
}

TEST_P(StreamTest, NoDeadlineEndsOneThatIsQuiet) {
  Limits limits;
  limits.handshake = limits.head = limits.request = limits.write = limits.idle = 300ms;
  Feed feed({"at last"});
  TestServer server(feed.handler(), limits, tls());
  Peer peer = connect(server);
  peer.send(kGet);
  (void)read_until(peer, "\r\n\r\n");
  // Another connection, idle from now on, meets its deadline: so this one would have met one, too.
  Peer idle = connect(server);
  ASSERT_TRUE(server.saw(Event::timed_out_idle));
  feed.next(server.loop());
  EXPECT_THAT(peer.read_to_end(), EndsWith("at last\r\n0\r\n\r\n"));
}

TEST_P(StreamTest, DrainingEndsItInGoodOrder) {
  Feed feed({"one", "never"});
  TestServer server(feed.handler(), {}, tls());
  Peer peer = connect(server);
  peer.send(kGet);
  (void)read_until(peer, "\r\n\r\n");
  feed.next(server.loop());
  EXPECT_EQ(read_until(peer, "one\r\n"), "3\r\none\r\n");
  auto drained = boost::asio::co_spawn(server.loop().io(), server.server().drain(), boost::asio::use_future);
  EXPECT_EQ(peer.read_to_end(), "0\r\n\r\n");
  EXPECT_TRUE(feed.was_told());
  peer.close();
  EXPECT_EQ(drained.wait_for(5s), std::future_status::ready);
}

TEST_P(StreamTest, ClosingEndsItAtOnce) {
  Feed feed({"never"});
  TestServer server(feed.handler(), {}, tls());
  Peer peer = connect(server);
  peer.send(kGet);
  (void)read_until(peer, "\r\n\r\n");
  server.loop().run([&] { server.server().close(); });
  EXPECT_TRUE(eventually([&] { return feed.was_told() && !feed.runs(); }));
  EXPECT_EQ(peer.read_to_end(), "");
}

TEST_P(StreamTest, OneThatFailsIsNotWhole) {
  const auto failing = [](Request) -> Answer {
    Response response{200, "text/plain"};
    response.write_body = [](BodyWriter& writer) -> boost::asio::awaitable<void> {
      (void)co_await writer.write("half");
      throw std::runtime_error("secret");
    };
    return response;
  };
  TestServer server(failing, {}, tls());
  Peer peer = connect(server);
  peer.send(kGet);
  EXPECT_THAT(peer.read_to_end(), EndsWith("4\r\nhalf\r\n"));
  EXPECT_EQ(server.counters()[Event::handler_failed], 1u);
  EXPECT_EQ(server.counters()[Event::answered], 0u);
}

TEST_P(StreamTest, AHandlerThatWaitedMayStreamToo) {
  const auto later = [](Request) -> Answer {
    return [](std::string text) -> boost::asio::awaitable<Response> {
      co_await boost::asio::post(boost::asio::use_awaitable);
      Response response{200, "text/plain"};
      response.write_body = [text = std::move(text)](BodyWriter& writer) -> boost::asio::awaitable<void> {
        (void)co_await writer.write(text);
      };
      co_return response;
    }("later");
  };
  TestServer server(later, {}, tls());
  Peer peer = connect(server);
  peer.send(kGet);
  EXPECT_THAT(peer.read_to_end(), EndsWith("5\r\nlater\r\n0\r\n\r\n"));
}

TEST_P(StreamTest, HeadHasNoBodyAndHttp10NoStream) {
  Feed feed({"never"});
  TestServer server(feed.handler(), {}, tls());
  Peer head = connect(server);
  head.send("HEAD /events HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(head.read_to_end(), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("\r\n\r\n")));
  Peer old = connect(server);
  old.send("GET /events HTTP/1.0\r\n\r\n");
  EXPECT_THAT(old.read_to_end(), StartsWith("HTTP/1.1 505 "));
  EXPECT_FALSE(feed.runs());
}

TEST_P(StreamTest, AFloodFromItsReaderEndsIt) {
  Feed feed({"never"});
  TestServer server(feed.handler(), {}, tls());
  Peer peer = connect(server);
  peer.send(kGet);
  (void)read_until(peer, "\r\n\r\n");
  peer.send(std::string(1'000'000, 'x'));
  EXPECT_TRUE(eventually([&] { return feed.was_told() && !feed.runs(); }));
}

INSTANTIATE_TEST_SUITE_P(Table, StreamTest, testing::Bool(),
                         [](const auto& info) { return std::string(info.param ? "Tls" : "Plain"); });

}  // namespace
}  // namespace sallyport::net::test
