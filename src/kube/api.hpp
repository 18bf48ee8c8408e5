#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/histogram.hpp"
#include "base/instant.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "json/value.hpp"
#include "kube/config.hpp"
#include "kube/server_clock.hpp"
#include "kube/status.hpp"
#include "kube/worker.hpp"
#include "net/client.hpp"

namespace sallyport::kube {

template <typename T>
using Awaitable = boost::asio::awaitable<Result<T>>;

// A value.
struct ApiCall {
  std::string method = "GET";
  std::string path;  // with its query, percent-encoded
  std::string accept = "application/json";
  std::string content_type;
  std::string body;
  Effect effect = Effect::none;
  std::chrono::milliseconds within = std::chrono::seconds(5);  // all of it, retries too
  std::string_view unread = {};  // members of the answer that are of no use (json::Limits)
};

// Any thread.
[[nodiscard]] ApiCall get(std::string path);
[[nodiscard]] ApiCall create(std::string path, const json::Value& object);
[[nodiscard]] ApiCall replace(std::string path, const json::Value& object);
// With DeleteOptions.
[[nodiscard]] ApiCall remove(std::string path, const json::Value& options);
[[nodiscard]] ApiCall merge_patch(std::string path, const json::Value& patch);
// Server-side apply by our field manager, which takes over what others own of it.
[[nodiscard]] ApiCall server_side_apply(const std::string& path, const json::Value& object);

inline constexpr std::string_view kFieldManager = "sallyport";

// What an Api works with. Clock and random outlive it.
struct Environment {
  boost::asio::any_io_executor executor;
  const Clock& clock;
  Random& random;
  Worker worker = Worker();
};

// The API server: calls with a deadline, errors that say what became of a write, credentials that are renewed. Lives on
// its executor's one thread, which alone may call it, and longer than every call. Large answers are parsed, and
// files read, by the worker; what comes of them is given on the Api's own thread, too.
class Api {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Api>> make(Environment environment, Config config,
                                                         std::string user_agent);

  struct Answer {
    json::Value object;
    std::vector<std::string> warnings;
  };
  // See error_of for what errors mean, and net::Client for calls without an answer. What has no
  // effect is sent again after 429 and 5xx with Retry-After, as long as there is time.
  [[nodiscard]] Awaitable<Answer> ask(ApiCall call);
  // The same where only the object is of use.
  [[nodiscard]] Awaitable<json::Value> send(ApiCall call);
  // An answer that does not end, such as a watch; its head is there within the call's time.
  [[nodiscard]] Awaitable<std::unique_ptr<net::ResponseStream>> open(ApiCall call);

  // How far the API server's clock is from ours: see ServerClock.
  [[nodiscard]] std::optional<Duration> clock_offset() const { return server_clock_.offset(); }
  // Answers 403: our own rights do not suffice, which is a mistake in the installation.
  [[nodiscard]] std::uint64_t forbidden() const { return forbidden_; }
  // How long calls took, whatever came of them; watches apart.
  [[nodiscard]] const Histogram& took() const { return took_; }
  [[nodiscard]] const Worker& worker() const { return environment_.worker; }
  [[nodiscard]] const Clock& clock() const { return environment_.clock; }
  [[nodiscard]] Random& random() const { return environment_.random; }

 private:
  using Deadline = net::Client::Clock::time_point;

  Api(Environment environment, Config config, std::string user_agent, std::unique_ptr<net::Client> client);
  boost::asio::awaitable<void> renew_credentials();
  [[nodiscard]] net::ClientRequest request_of(const ApiCall& call) const;
  // One exchange; a 401 is tried once more with what the token file holds by then.
  Awaitable<net::ClientResponse> exchange(const ApiCall* call, Deadline deadline);
  // The same, told to `took`.
  Awaitable<net::ClientResponse> timed_exchange(const ApiCall* call, Deadline deadline);
  Awaitable<json::Value> read(std::string body, std::string_view unread);
  [[nodiscard]] Error note_error(const net::ClientResponse& response, Effect effect);
  [[nodiscard]] boost::asio::awaitable<bool> wait_to_retry(std::string retry_after, Deadline deadline);

  Environment environment_;
  Config config_;
  std::string user_agent_;
  std::shared_ptr<net::Client> client_;  // another one after a new CA; each call keeps the one that it began with
  Duration renewed_;                     // steady time
  ServerClock server_clock_;
  std::uint64_t forbidden_ = 0;
  Histogram took_{Histogram::kCalls};
};

}  // namespace sallyport::kube
