#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <sys/types.h>

#include "net/web_socket.hpp"
#include "unit/net/test_server.hpp"

namespace sallyport::net::test {

// A WebSocket server by another library, in a process of its own (web_socket_server.py), which ends when its standard
// input does: when this goes, however it goes.
class Counterpart {
 public:
  Counterpart();
  ~Counterpart();
  Counterpart(const Counterpart&) = delete;
  Counterpart& operator=(const Counterpart&) = delete;

  [[nodiscard]] std::string url(const std::string& path) const;
  [[nodiscard]] std::string tls_url(const std::string& path) const;
  [[nodiscard]] std::string ca() const { return authority_.pem(); }
  [[nodiscard]] Proxy proxy() const { return {"127.0.0.1", proxy_, {}}; }

 private:
  void start();

  Authority authority_{"ca"};
  std::filesystem::path folder_;
  pid_t process_ = -1;
  int input_ = -1;
  int plain_ = 0;
  int encrypted_ = 0;
  std::uint16_t proxy_ = 0;
};

class WebSocketTest : public testing::Test {
 protected:
  using Clock = std::chrono::steady_clock;
  using Message = std::optional<std::string>;
  static constexpr auto kLong = std::chrono::seconds(10);
  static constexpr auto kShort = std::chrono::milliseconds(300);

  static void SetUpTestSuite() { counterpart_ = std::make_unique<Counterpart>(); }
  static void TearDownTestSuite() { counterpart_.reset(); }
  ~WebSocketTest() override;

  static const Counterpart& counterpart() { return *counterpart_; }
  static WebSocketOptions to(const std::string& path);
  static WebSocketOptions over_tls_to(const std::string& path);

  Result<void> connect(WebSocketOptions options, Clock::duration time = kLong);
  // The test fails if it does not open.
  void open(WebSocketOptions options);
  Result<Message> read() { return loop_.await(socket_->read()); }
  // What is read; the test fails if that is an error.
  Message next();
  Result<void> write(std::string text) { return loop_.await(socket_->write(std::move(text))); }
  // The server saw, or sees soon, a client close by this code.
  bool server_saw(const std::string& code);

  Loop loop_;
  std::unique_ptr<WebSocket> socket_;

 private:
  static inline std::unique_ptr<Counterpart> counterpart_;
};

}  // namespace sallyport::net::test
