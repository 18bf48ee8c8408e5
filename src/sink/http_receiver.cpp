#include <chrono>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/crypto.hpp"
#include "json/json.hpp"
#include "net/server_url.hpp"
#include "sink/encode.hpp"
#include "sink/receiver.hpp"
#include "sink/secrets.hpp"

namespace sallyport::sink {
namespace {

namespace asio = boost::asio;
using Kind = Outcome::Kind;

constexpr std::uint64_t kAnswerLimit = std::uint64_t{64} << 10;

// OTLP's way to take a part of a request only.
bool takes_all(std::string_view answer) {
  const auto parsed = json::parse(answer);
  if (!parsed) return true;
  const auto& rejected = (*parsed)["partialSuccess"]["rejectedLogRecords"];
  return rejected.is_null() || rejected.text() == "0" || rejected.integer() == 0;
}

class HttpReceiver final : public Receiver {
 public:
  HttpReceiver(asio::any_io_executor executor, Settings settings, const Clock& clock)
      : executor_(std::move(executor)), settings_(std::move(settings)), clock_(clock) {}

  asio::awaitable<Outcome> deliver(const logs::Batch* batch) override {
    auto request = make_request(*batch);
    if (!request) co_return Outcome{Kind::later, request.error().message()};
    if (!client_) {
      auto client = make_client();
      if (!client) co_return Outcome{Kind::later, client.error().message()};
      client_ = std::move(*client);
    }
    const auto answer = co_await client_->send(std::move(*request), net::Client::Clock::now() + settings_.timeout);
    if (!answer) {
      client_.reset();  // its certificates are read anew: they may be what is wrong
      co_return Outcome{Kind::later, answer.error().message()};
    }
    if (answer->status == 200 && settings_.type == Type::otlp && !takes_all(answer->body)) {
      co_return Outcome{Kind::rejected, "the receiver took a part of it only"};
    }
    co_return outcome_of(*answer);
  }

 private:
  Result<std::unique_ptr<net::Client>> make_client() const {
    const auto url = net::parse_server_url(settings_.url);
    if (!url) return fail(url.error());
    net::Endpoint endpoint;
    endpoint.tls = url->tls;
    endpoint.host = url->host;
    endpoint.port = url->port;
    if (const auto read = read_certificates(settings_.secret_dir, endpoint); !read) return fail(read.error());
    return net::Client::make(executor_, std::move(endpoint));
  }

  // Secrets are read for each: a mounted one may have changed.
  Result<net::ClientRequest> make_request(const logs::Batch& batch) const {
    net::ClientRequest request;
    request.method = "POST";
    request.target = net::parse_server_url(settings_.url)->path;
    if (request.target.empty()) request.target = "/";
    request.content_type = settings_.type == Type::webhook ? "application/x-ndjson" : "application/json";
    request.headers.add("User-Agent", "sallyport");
    request.answer_limit = kAnswerLimit;
    if (settings_.type == Type::webhook) {
      request.body = ndjson(batch);
      const auto key = read_secret(settings_.secret_dir, "key");
      if (!key) return fail(key.error());
      request.headers.add("Sallyport-Signature", signature(*key, clock_.now(), request.body));
      return request;
    }
    const bool is_splunk = settings_.type == Type::splunk;
    request.body = is_splunk ? splunk_events(batch, settings_.index) : otlp_logs(batch, clock_.now());
    const auto token = read_secret(settings_.secret_dir, "token");
    if (token) {
      request.headers.add("Authorization", fmt::format("{} {}", is_splunk ? "Splunk" : "Bearer", token->reveal()));
    } else if (is_splunk || token.error().code() != ErrorCode::not_found) {
      return fail(token.error());
    }
    return request;
  }

  const asio::any_io_executor executor_;
  const Settings settings_;
  const Clock& clock_;
  std::unique_ptr<net::Client> client_;
};

}  // namespace

std::unique_ptr<Receiver> make_http_receiver(asio::any_io_executor executor, Settings settings, const Clock& clock) {
  return std::make_unique<HttpReceiver>(std::move(executor), std::move(settings), clock);
}

}  // namespace sallyport::sink
