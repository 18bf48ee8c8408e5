#include "unit/net/web_socket_fixture.hpp"

#include <cstdio>
#include <fstream>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/test_files.hpp"

namespace sallyport::net::test {

Counterpart::Counterpart() {
  char folder[] = "/tmp/web-socket-XXXXXX";
  folder_ = ::mkdtemp(folder);
  const Issued identity = authority_.issue_server("server");
  std::ofstream(folder_ / "chain.pem") << identity.chain_pem;
  std::ofstream(folder_ / "key.pem") << identity.key_pem;
  start();
}

Counterpart::~Counterpart() {
  ::close(input_);
  ::waitpid(process_, nullptr, 0);
  std::filesystem::remove_all(folder_);
}

std::string Counterpart::url(const std::string& path) const {
  return "ws://127.0.0.1:" + std::to_string(plain_) + path;
}

std::string Counterpart::tls_url(const std::string& path) const {
  return "wss://127.0.0.1:" + std::to_string(encrypted_) + path;
}

void Counterpart::start() {
  int in[2];
  int out[2];
  ASSERT_EQ(::pipe2(in, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(out, O_CLOEXEC), 0);
  const std::string script = test_file("unit/net/web_socket_server.py");
  const std::string chain = folder_ / "chain.pem";
  const std::string key = folder_ / "key.pem";
  process_ = ::fork();
  if (process_ == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::execl("/usr/bin/python3", "python3", script.c_str(), chain.c_str(), key.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  input_ = in[1];
  FILE* const ports = ::fdopen(out[0], "r");
  EXPECT_EQ(std::fscanf(ports, "%d %d %hu", &plain_, &encrypted_, &proxy_), 3)
      << "the server did not start: the Debian package python3-websockets is needed";
  std::fclose(ports);
}

WebSocketTest::~WebSocketTest() {
  loop_.run([this] { socket_.reset(); });
}

WebSocketOptions WebSocketTest::to(const std::string& path) {
  WebSocketOptions options;
  options.url = counterpart().url(path);
  return options;
}

WebSocketOptions WebSocketTest::over_tls_to(const std::string& path) {
  WebSocketOptions options;
  options.url = counterpart().tls_url(path);
  options.ca_pem = counterpart().ca();
  return options;
}

Result<void> WebSocketTest::connect(WebSocketOptions options, Clock::duration time) {
  auto opened = loop_.await(connect_web_socket(loop_.io().get_executor(), std::move(options), Clock::now() + time));
  if (!opened) return fail(opened.error());
  loop_.run([this] { socket_.reset(); });
  socket_ = std::move(*opened);
  return {};
}

void WebSocketTest::open(WebSocketOptions options) {
  const auto opened = connect(std::move(options));
  ASSERT_TRUE(opened) << opened.error().message();
}

WebSocketTest::Message WebSocketTest::next() {
  auto message = read();
  if (message) return std::move(*message);
  ADD_FAILURE() << message.error().message();
  return "no message";
}

bool WebSocketTest::server_saw(const std::string& code) {
  return eventually([&] {
    open(to("/seen"));
    return next().value_or("").contains(code);
  });
}

}  // namespace sallyport::net::test
