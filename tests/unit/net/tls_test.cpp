#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "net/tls_context.hpp"
#include "unit/net/peer.hpp"
#include "unit/net/test_server.hpp"

namespace sallyport::net::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

class TlsTest : public testing::Test {
 protected:
  [[nodiscard]] static std::string ask(Peer& peer, const std::string& body) {
    peer.send(post("/", body));
    return peer.read_message();
  }

  Authority authority_{"ca"};
};

TEST_F(TlsTest, SpeaksTls12And13AndNothingOlder) {
  TestServer server(echo, {}, make_tls(authority_.issue_server("server")));
  Peer::Tls options;
  options.greatest_version = TLS1_2_VERSION;
  Peer old = Peer::tls(server.port(), options);
  ASSERT_TRUE(old.is_connected());
  EXPECT_EQ(old.protocol(), "TLSv1.2");
  EXPECT_THAT(ask(old, "hello"), EndsWith("hello"));
  EXPECT_EQ(Peer::tls(server.port()).protocol(), "TLSv1.3");

  options.greatest_version = TLS1_1_VERSION;
  EXPECT_FALSE(Peer::tls(server.port(), options).is_connected());
  EXPECT_TRUE(server.saw(Event::handshake_failed));
}

TEST_F(TlsTest, AgreesOnHttp11AndRefusesHttp2) {
  TestServer server(echo, {}, make_tls(authority_.issue_server("server")));
  Peer::Tls options;
  options.alpn = {"h2", "http/1.1"};
  EXPECT_EQ(Peer::tls(server.port(), options).alpn(), "http/1.1");
  options.alpn = {"h2"};
  EXPECT_FALSE(Peer::tls(server.port(), options).is_connected());
}

TEST_F(TlsTest, ANewIdentityHoldsForNewHandshakesOnly) {
  const auto tls = make_tls(authority_.issue_server("first"));
  TestServer server(echo, {}, tls);
  Peer before = Peer::tls(server.port());
  EXPECT_EQ(before.server_name(), "first");
  EXPECT_THAT(ask(before, "hello"), EndsWith("hello"));

  const Issued second = authority_.issue_server("second");
  ASSERT_TRUE(tls->set_identity(second.chain_pem, Secret(second.key_pem)));
  Peer after = Peer::tls(server.port());
  EXPECT_EQ(after.server_name(), "second");
  EXPECT_THAT(ask(after, "new"), EndsWith("new"));
  EXPECT_THAT(ask(before, "still here"), EndsWith("still here"));
}

TEST_F(TlsTest, ReloadsUnderTrafficDropNoCall) {
  const auto tls = make_tls(authority_.issue_server("server"));
  TestServer server(echo, {}, tls);
  std::atomic<bool> stop = false;
  std::thread reloads([&] {
    while (!stop) {
      const Issued next = authority_.issue_server("server");
      EXPECT_TRUE(tls->set_identity(next.chain_pem, Secret(next.key_pem)));
    }
  });
  Peer kept = Peer::tls(server.port());
  for (int i = 0; i < 30; ++i) {
    Peer fresh = Peer::tls(server.port());
    EXPECT_THAT(ask(fresh, "fresh"), EndsWith("fresh"));
    EXPECT_THAT(ask(kept, "kept"), EndsWith("kept"));
  }
  stop = true;
  reloads.join();
}

TEST_F(TlsTest, KeepsTheOldIdentityIfTheNewOneIsUnusable) {
  const auto tls = make_tls(authority_.issue_server("server"));
  const Issued one = authority_.issue_server("one");
  const Issued two = authority_.issue_server("two");
  const auto mixed = tls->set_identity(one.chain_pem, Secret(two.key_pem));
  ASSERT_FALSE(mixed);
  EXPECT_THAT(mixed.error().message(), HasSubstr("does not belong to the certificate"));
  EXPECT_FALSE(tls->set_identity("nonsense", Secret(one.key_pem)));
  EXPECT_FALSE(tls->set_identity(one.chain_pem, Secret("nonsense")));
  EXPECT_FALSE(tls->set_identity("", Secret("")));
  EXPECT_FALSE(tls->set_client_ca("nonsense"));
  TestServer server(echo, {}, tls);
  EXPECT_EQ(Peer::tls(server.port()).server_name(), "server");
}

TEST_F(TlsTest, WithoutAnIdentityNoHandshakeSucceeds) {
  TestServer server(echo, {}, std::make_shared<TlsContext>());
  EXPECT_FALSE(Peer::tls(server.port()).is_connected());
}

TEST_F(TlsTest, KnowsAClientByItsCertificate) {
  const Authority clients("client ca");
  TestServer server(echo, {}, make_tls(authority_.issue_server("server"), clients.pem()));
  Peer::Tls options;
  options.client = clients.issue_client("kube-apiserver");
  Peer known = Peer::tls(server.port(), options);
  EXPECT_THAT(ask(known, "hello"), EndsWith(" kube-apiserver hello"));
  Peer unknown = Peer::tls(server.port());
  EXPECT_THAT(ask(unknown, "hello"), EndsWith(" nobody hello"));
}

TEST_F(TlsTest, RefusesAClientCertificateThatDoesNotVerify) {
  const Authority clients("client ca");
  const Authority forger("client ca");
  TestServer server(echo, {}, make_tls(authority_.issue_server("server"), clients.pem()));
  Peer::Tls options;
  options.client = forger.issue_client("kube-apiserver");
  Peer forged = Peer::tls(server.port(), options);
  // In TLS 1.3 the client learns of it after its own handshake: nothing comes back.
  EXPECT_EQ(ask(forged, "hello"), "");
  EXPECT_TRUE(server.saw(Event::handshake_failed));

  options.client = clients.issue_server("a server's certificate is no client's");
  Peer misused = Peer::tls(server.port(), options);
  EXPECT_EQ(ask(misused, "hello"), "");
  EXPECT_TRUE(server.saw(Event::handshake_failed, 2));
  EXPECT_EQ(server.counters()[Event::request_complete], 0u);
}

TEST_F(TlsTest, WithoutAClientCaNoCertificateNamesAnybody) {
  TestServer server(echo, {}, make_tls(authority_.issue_server("server")));
  Peer::Tls options;
  options.client = authority_.issue_client("kube-apiserver");
  Peer peer = Peer::tls(server.port(), options);
  EXPECT_THAT(ask(peer, "hello"), EndsWith(" nobody hello"));
}

}  // namespace
}  // namespace sallyport::net::test
