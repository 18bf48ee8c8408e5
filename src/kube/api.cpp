#include "kube/api.hpp"

#include <charconv>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "json/json.hpp"
#include "kube/paths.hpp"
#include "kube/warning.hpp"

namespace sallyport::kube {
namespace {

namespace asio = boost::asio;

constexpr Duration kRenewEvery = std::chrono::seconds(60);
// A page of a list may hold hundreds of requests.
constexpr json::Limits kAnswerLimits{.bytes = 64u << 20, .depth = 128, .values = 8'000'000};

ApiCall write(std::string method, std::string path, std::string content_type, const json::Value& body) {
  return {.method = std::move(method),
          .path = std::move(path),
          .content_type = std::move(content_type),
          .body = json::write(body),
          .effect = Effect::write};
}

std::string describe(const ApiCall& call) {
  return call.method + " " + call.path.substr(0, call.path.find('?'));
}

std::vector<std::string> warnings_in(const net::Headers& headers) {
  std::vector<std::string> warnings;
  for (const auto field : headers.all("Warning")) {
    if (auto warning = read_warning(field)) warnings.push_back(std::move(*warning));
  }
  return warnings;
}

}  // namespace

ApiCall get(std::string path) {
  return {.path = std::move(path)};
}
ApiCall create(std::string path, const json::Value& object) {
  return write("POST", std::move(path), "application/json", object);
}
ApiCall replace(std::string path, const json::Value& object) {
  return write("PUT", std::move(path), "application/json", object);
}
ApiCall remove(std::string path, const json::Value& options) {
  return write("DELETE", std::move(path), "application/json", options);
}
ApiCall merge_patch(std::string path, const json::Value& patch) {
  return write("PATCH", std::move(path), "application/merge-patch+json", patch);
}
ApiCall server_side_apply(const std::string& path, const json::Value& object) {
  return write("PATCH", path + "?force=true&fieldManager=" + escape(kFieldManager), "application/apply-patch+yaml",
               object);
}

Result<std::unique_ptr<Api>> Api::make(Environment environment, Config config, std::string user_agent) {
  auto client = net::Client::make(environment.executor, config.clone().endpoint);
  if (!client) return fail(client.error().while_doing("setting up calls to the API server"));
  return std::unique_ptr<Api>(
      new Api(std::move(environment), std::move(config), std::move(user_agent), std::move(*client)));
}

Api::Api(Environment environment, Config config, std::string user_agent, std::unique_ptr<net::Client> client)
    : environment_(std::move(environment)),
      config_(std::move(config)),
      user_agent_(std::move(user_agent)),
      client_(std::move(client)),
      renewed_(environment_.clock.steady()) {}

// What cannot be read, or does not work, leaves the old ones in use: they may well be valid for a while.
asio::awaitable<void> Api::renew_credentials() {
  renewed_ = environment_.clock.steady();
  auto fresh = co_await environment_.worker.run([config = config_.clone()]() mutable {
    [[maybe_unused]] const auto reloaded = reload(config);
    return std::move(config);
  });
  const bool is_new_ca = fresh.endpoint.ca_pem != config_.endpoint.ca_pem;
  config_ = std::move(fresh);
  if (!is_new_ca) co_return;
  if (auto client = net::Client::make(environment_.executor, config_.clone().endpoint)) client_ = std::move(*client);
}

net::ClientRequest Api::request_of(const ApiCall& call) const {
  net::ClientRequest request{.method = call.method,
                             .target = config_.base_path + call.path,
                             .headers = {{"Accept", call.accept}, {"User-Agent", user_agent_}},
                             .content_type = call.content_type,
                             .body = call.body};
  if (!config_.token.empty()) {
    request.headers.add("Authorization", "Bearer " + std::string(config_.token.reveal()));
  }
  return request;
}

Awaitable<net::ClientResponse> Api::exchange(const ApiCall* call, Deadline deadline) {
  if (environment_.clock.steady() - renewed_ > kRenewEvery) co_await renew_credentials();
  for (bool renewed = false;; renewed = true) {
    const Instant sent = environment_.clock.now();
    const auto client = client_;
    auto response = co_await client->send(request_of(*call), deadline);
    if (!response) co_return fail(response.error());
    server_clock_.learn(response->headers.get("Date").value_or(""), sent, environment_.clock.now());
    if (response->status != 401 || renewed || config_.token_file.empty()) co_return response;
    co_await renew_credentials();
  }
}

Awaitable<net::ClientResponse> Api::timed_exchange(const ApiCall* call, Deadline deadline) {
  const auto begun = environment_.clock.steady();
  auto response = co_await exchange(call, deadline);
  took_.observe(environment_.clock.steady() - begun);
  co_return response;
}

Error Api::note_error(const net::ClientResponse& response, Effect effect) {
  if (response.status == 403) ++forbidden_;
  return error_of(response.status, response.body, effect);
}

// Waits as long as the server asks for, but not where the deadline comes first: false.
asio::awaitable<bool> Api::wait_to_retry(std::string retry_after, Deadline deadline) {
  unsigned seconds = 0;
  const char* const end = retry_after.data() + retry_after.size();
  const auto [parsed, error] = std::from_chars(retry_after.data(), end, seconds);
  if (error != std::errc{} || parsed != end) co_return false;
  const auto until = net::Client::Clock::now() + std::chrono::seconds(seconds);
  if (until >= deadline) co_return false;
  asio::steady_timer timer(environment_.executor, until);
  const auto [interrupted] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return !interrupted;
}

Awaitable<json::Value> Api::read(std::string body, std::string_view unread) {
  json::Limits limits = kAnswerLimits;
  limits.unread = unread;
  co_return co_await environment_.worker.run(body.size(), [&body, limits] { return json::parse(body, limits); });
}

Awaitable<json::Value> Api::send(ApiCall call) {
  auto answer = co_await ask(std::move(call));
  if (!answer) co_return fail(answer.error());
  co_return std::move(answer->object);
}

Awaitable<Api::Answer> Api::ask(ApiCall call) {
  const auto deadline = net::Client::Clock::now() + call.within;
  for (;;) {
    auto response = co_await timed_exchange(&call, deadline);
    if (!response) co_return fail(response.error().while_doing(describe(call)));
    if (response->status >= 200 && response->status < 300) {
      auto object = co_await read(std::move(response->body), call.unread);
      if (object) co_return Answer{std::move(*object), warnings_in(response->headers)};
      const auto code = call.effect == Effect::write ? ErrorCode::unknown_outcome : ErrorCode::unavailable;
      co_return fail(Error(code, object.error().message()).while_doing(describe(call)));
    }
    const bool passing = response->status == 429 || response->status >= 500;
    if (passing && call.effect == Effect::none &&
        co_await wait_to_retry(std::string(response->headers.get("Retry-After").value_or("")), deadline))
      continue;
    co_return fail(note_error(*response, call.effect).while_doing(describe(call)));
  }
}

Awaitable<std::unique_ptr<net::ResponseStream>> Api::open(ApiCall call) {
  if (environment_.clock.steady() - renewed_ > kRenewEvery) co_await renew_credentials();
  const auto deadline = net::Client::Clock::now() + call.within;
  const auto client = client_;  // the stream itself has a connection of its own
  auto stream = co_await client->open(request_of(call), deadline);
  if (!stream) co_return fail(stream.error().while_doing(describe(call)));
  if ((*stream)->head().status == 200) co_return std::move(*stream);
  if ((*stream)->head().status == 401) co_await renew_credentials();  // the caller comes again
  net::ClientResponse refusal = (*stream)->head();
  auto body = co_await (*stream)->read_some(std::chrono::seconds(1));
  refusal.body = std::move(body).value_or("");
  co_return fail(note_error(refusal, Effect::none).while_doing(describe(call)));
}

}  // namespace sallyport::kube
