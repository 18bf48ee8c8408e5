#include <chrono>
#include <utility>

#include "net/byte_sender.hpp"
#include "net/server_url.hpp"
#include "sink/encode.hpp"
#include "sink/receiver.hpp"
#include "sink/secrets.hpp"

namespace sallyport::sink {
namespace {

namespace asio = boost::asio;

// RFC 5425. The protocol has no word for "taken": what the other end's system has acknowledged counts.
class SyslogReceiver final : public Receiver {
 public:
  SyslogReceiver(asio::any_io_executor executor, Settings settings)
      : executor_(std::move(executor)), settings_(std::move(settings)) {}

  asio::awaitable<Outcome> deliver(const logs::Batch* batch) override {
    const auto deadline = net::ByteSender::Clock::now() + settings_.timeout;
    if (sender_ && !sender_->is_open()) sender_.reset();
    if (!sender_) {
      const auto connected = co_await connect(deadline);
      if (!connected) co_return Outcome{Outcome::Kind::later, connected.error().message()};
    }
    const auto frames = syslog_frames(*batch);
    const auto sent = co_await sender_->send(frames, deadline);
    if (sent) co_return Outcome{Outcome::Kind::taken};
    sender_.reset();
    co_return Outcome{Outcome::Kind::later, sent.error().message()};
  }

 private:
  asio::awaitable<Result<void>> connect(net::ByteSender::Clock::time_point deadline) {
    const auto url = net::parse_server_url("https://" + settings_.url);
    if (!url) co_return fail(url.error());
    net::Endpoint endpoint;
    endpoint.host = url->host;
    endpoint.port = url->port;
    if (const auto read = read_certificates(settings_.secret_dir, endpoint); !read) co_return fail(read.error());
    auto sender = co_await net::ByteSender::connect(executor_, std::move(endpoint), deadline);
    if (!sender) co_return fail(sender.error());
    sender_ = std::move(*sender);
    co_return Result<void>{};
  }

  const asio::any_io_executor executor_;
  const Settings settings_;
  std::unique_ptr<net::ByteSender> sender_;
};

}  // namespace

std::unique_ptr<Receiver> make_syslog_receiver(asio::any_io_executor executor, Settings settings) {
  return std::make_unique<SyslogReceiver>(std::move(executor), std::move(settings));
}

}  // namespace sallyport::sink
