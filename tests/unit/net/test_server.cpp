#include "unit/net/test_server.hpp"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>

namespace sallyport::net::test {

namespace asio = boost::asio;

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// Ends the wait that is, and one that only begins afterwards.
static void ring(asio::steady_timer& bell) {
  bell.expires_at(std::chrono::steady_clock::time_point::min());
}

TestServer::TestServer(Handler handler, Limits limits, std::shared_ptr<TlsContext> tls, bool collect_headers) {
  limits.sweep = std::min(limits.sweep, std::chrono::milliseconds(20));
  Server::Options options{"127.0.0.1:0", std::move(tls), limits, counters_};
  options.collect_headers = collect_headers;
  server_ = std::make_unique<Server>(loop_.io(), std::move(options), std::move(handler));
  loop_.run([this] {
    const auto started = server_->start();
    EXPECT_TRUE(started) << started.error().message();
    port_ = server_->local_port();
  });
}

TestServer::~TestServer() {
  loop_.run([this] { server_.reset(); });
}

Handler Gate::handler() {
  return [this](Request request) -> Answer { return hold(std::move(request.call)); };
}

asio::awaitable<Response> Gate::hold(std::shared_ptr<Call> call) {
  const auto bell = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor);
  bell->expires_at(std::chrono::steady_clock::time_point::max());
  bells_.push_back(bell);
  const std::size_t number = remember(call);
  call->when_closed([this, number, bell] {
    ring(*bell);
    const std::lock_guard lock(mutex_);
    closed_.push_back(number);
  });
  ++waiting_;
  co_await bell->async_wait(asio::as_tuple(asio::use_awaitable));
  --waiting_;
  co_return Response{200, "text/plain", "released"};
}

std::size_t Gate::remember(std::shared_ptr<Call> call) {
  const std::lock_guard lock(mutex_);
  calls_.push_back(std::move(call));
  return calls_.size() - 1;
}

bool Gate::is_closed(std::size_t call) const {
  const std::lock_guard lock(mutex_);
  return call < calls_.size() && !calls_[call]->is_open() && std::ranges::count(closed_, call) == 1;
}

void Gate::open(Loop& loop) {
  loop.run([this] {
    for (const auto& weak : bells_) {
      if (const auto bell = weak.lock()) ring(*bell);
    }
  });
}

Answer echo(Request request) {
  return Response{200, "text/plain",
                  request.method + " " + request.path + " " + request.query + " " +
                      request.client_name.value_or("nobody") + " " + std::string(request.body)};
}

std::shared_ptr<TlsContext> make_tls(const Issued& identity, const std::string& client_ca_pem) {
  auto tls = std::make_shared<TlsContext>();
  const auto set = tls->set_identity(identity.chain_pem, Secret(identity.key_pem));
  EXPECT_TRUE(set) << set.error().message();
  const auto trusted = tls->set_client_ca(client_ca_pem);
  EXPECT_TRUE(trusted) << trusted.error().message();
  return tls;
}

std::string post(const std::string& path, const std::string& body) {
  return "POST " + path +
         " HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

}  // namespace sallyport::net::test
