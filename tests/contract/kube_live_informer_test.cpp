#include <algorithm>
#include <memory>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>

#include "contract/kube_live.hpp"
#include "kube/informer.hpp"
#include "wire/request.hpp"

namespace sallyport::kube {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::Contains;

struct Notes final : Observer {
  void on_added(json::Value added) override { told.push_back("+" + name(added)); }
  void on_modified(json::Value modified) override { told.push_back("~" + name(modified)); }
  void on_deleted(const ObjectId& deleted) override { told.push_back("-" + deleted.name); }
  void on_synced(std::uint64_t) override {}
  void on_trouble(const Error&) override {}
  static std::string name(const json::Value& about) { return std::string(about["metadata"]["name"].text()); }
  [[nodiscard]] bool has(const std::string& note) const { return std::ranges::find(told, note) != told.end(); }

  std::vector<std::string> told;
};

// Passes bytes on to the API server, until it is told to swallow those of all connections that it has by then: that is
// what a stalled watch looks like.
class StallingProxy {
 public:
  StallingProxy(asio::io_context& io, asio::ip::tcp::endpoint upstream)
      : acceptor_(io, {asio::ip::address_v4::loopback(), 0}), upstream_(std::move(upstream)) {
    asio::co_spawn(io, accept(), asio::detached);
  }
  // Its coroutines end later, each with what is its own.
  ~StallingProxy() {
    for (const auto& pair : pairs_) {
      boost::system::error_code ignored;
      pair->near.close(ignored);
      pair->far.close(ignored);
    }
  }
  StallingProxy(const StallingProxy&) = delete;
  StallingProxy& operator=(const StallingProxy&) = delete;
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  void stall() {
    for (const auto& pair : pairs_) pair->stalled = true;
  }

 private:
  static constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
  struct Pair {
    asio::ip::tcp::socket near, far;
    bool stalled = false;
  };

  asio::awaitable<void> accept() {
    for (;;) {
      auto [error, near] = co_await acceptor_.async_accept(kNoThrow);
      if (error) co_return;
      asio::ip::tcp::socket far(near.get_executor());
      const auto pair = pairs_.emplace_back(std::make_shared<Pair>(std::move(near), std::move(far)));
      const auto [refused] = co_await pair->far.async_connect(upstream_, kNoThrow);
      if (refused) co_return;
      asio::co_spawn(pair->near.get_executor(), pump(pair, &pair->near, &pair->far), asio::detached);
      asio::co_spawn(pair->near.get_executor(), pump(pair, &pair->far, &pair->near), asio::detached);
    }
  }
  static asio::awaitable<void> pump(std::shared_ptr<Pair> pair, asio::ip::tcp::socket* from,
                                    asio::ip::tcp::socket* to) {
    char bytes[16384];
    for (;;) {
      const auto [error, size] = co_await from->async_read_some(asio::buffer(bytes), kNoThrow);
      if (error) break;
      if (pair->stalled) continue;
      const auto [unwritten, sent] = co_await asio::async_write(*to, asio::buffer(bytes, size), kNoThrow);
      if (unwritten) break;
    }
    boost::system::error_code ignored;
    to->shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  }

  asio::ip::tcp::acceptor acceptor_;
  asio::ip::tcp::endpoint upstream_;
  std::vector<std::shared_ptr<Pair>> pairs_;
};

class KubeLiveInformer : public KubeLive {
 protected:
  void follow(Api& through) {
    informer = std::make_unique<Informer>(io.get_executor(), through, Informer::Settings{kApprovalRequests, 2}, notes);
    asio::co_spawn(io, informer->run(), [this](std::exception_ptr) { ended = true; });
    ASSERT_TRUE(run_until([this] { return informer->confirmed_at() != Duration{}; }));
  }
  void TearDown() override {
    informer->stop();
    EXPECT_TRUE(run_until([this] { return ended; }));
    informer.reset();
    KubeLive::TearDown();
  }
  void create_request(const std::string& request) {
    ASSERT_TRUE(send(create(path_of(kApprovalRequests, name), wire::write_request({name, request}, spec()))));
  }
  void delete_request(const std::string& request) {
    ASSERT_TRUE(send(
        {.method = "DELETE", .path = path_of(kApprovalRequests, name, request), .body = {}, .effect = Effect::write}));
  }
  void label_request(const std::string& request) {
    ASSERT_TRUE(
        send(merge_patch(path_of(kApprovalRequests, name, request), parsed(R"({"metadata":{"labels":{"a":"b"}}})"))));
  }

  Notes notes;
  std::unique_ptr<StallingProxy> proxy;
  std::unique_ptr<Api> through_proxy;
  std::unique_ptr<Informer> informer;
  bool ended = false;
};

TEST_F(KubeLiveInformer, HearsOfEverythingAndConfirmsIt) {
  for (const char* each : {"a", "b", "c"}) create_request(each);
  follow(*api);
  for (const char* each : {"+a", "+b", "+c"}) EXPECT_THAT(notes.told, Contains(each));
  create_request("d");
  label_request("a");
  delete_request("b");
  for (const char* each : {"+d", "~a", "-b"}) EXPECT_TRUE(run_until([&] { return notes.has(each); })) << each;
  const auto heard = notes.told;
  const Duration before = informer->confirmed_at();
  const auto confirmed = run(informer->confirm());
  ASSERT_TRUE(confirmed) << confirmed.error().message();
  EXPECT_GT(*confirmed, before);
  EXPECT_EQ(notes.told, heard);
}

TEST_F(KubeLiveInformer, ConfirmFindsWhatAStalledWatchHid) {
  for (const char* each : {"a", "b", "c"}) create_request(each);
  Config config = load_live();
  const asio::ip::tcp::endpoint upstream(asio::ip::make_address(config.endpoint.host), config.endpoint.port);
  proxy = std::make_unique<StallingProxy>(io, upstream);
  config.endpoint.server_name = config.endpoint.host;
  config.endpoint.host = "127.0.0.1";
  config.endpoint.port = proxy->port();
  through_proxy = make_api(std::move(config));
  follow(*through_proxy);
  create_request("d");
  ASSERT_TRUE(run_until([this] { return notes.has("+d"); }));  // the watch works

  proxy->stall();
  create_request("e");
  label_request("a");
  delete_request("b");
  const auto stalled = std::chrono::steady_clock::now();
  Result<Duration> confirmed = run(informer->confirm());
  while (!confirmed && std::chrono::steady_clock::now() - stalled < 14s) confirmed = run(informer->confirm());
  ASSERT_TRUE(confirmed) << confirmed.error().message();
  for (const char* each : {"+e", "~a", "-b"}) EXPECT_THAT(notes.told, Contains(each));
  EXPECT_LT(std::chrono::steady_clock::now() - stalled, 14s);
  create_request("f");
  EXPECT_TRUE(run_until([this] { return notes.has("+f"); }));  // and the watch works again
}

}  // namespace
}  // namespace sallyport::kube
