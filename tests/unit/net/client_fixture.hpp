#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/client.hpp"
#include "unit/net/test_server.hpp"

namespace sallyport::net::test {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

inline constexpr auto kLong = 10s;
inline constexpr auto kShort = 300ms;

inline Endpoint plain(std::uint16_t port) {
  Endpoint endpoint;
  endpoint.tls = false;
  endpoint.host = "127.0.0.1";
  endpoint.port = port;
  return endpoint;
}

inline std::string answer(const std::string& body, const std::string& fields = {}) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" + body;
}

class ClientTest : public testing::Test {
 protected:
  ~ClientTest() override {
    loop_.run([this] { clients_.clear(); });
  }

  Client& client(Endpoint endpoint) {
    auto made = Client::make(loop_.io().get_executor(), std::move(endpoint));
    EXPECT_TRUE(made) << made.error().message();
    return *clients_.emplace_back(std::move(*made));
  }

  Result<ClientResponse> send(Client& client, ClientRequest request, Clock::duration time = kLong) {
    return loop_.await(client.send(std::move(request), Clock::now() + time));
  }

  static ClientRequest get() { return {"GET", "/get", {}, "", ""}; }
  static ClientRequest put() { return {"PUT", "/put?a=b", {{"Accept", "application/json"}}, "text/x", "the body"}; }

  Loop loop_;
  std::vector<std::unique_ptr<Client>> clients_;
  Authority authority_{"ca"};
};

}  // namespace sallyport::net::test
