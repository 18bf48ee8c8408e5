#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "admission/triage.hpp"
#include "endpoints/health.hpp"
#include "endpoints/io_threads.hpp"
#include "endpoints/metrics.hpp"
#include "endpoints/webhooks.hpp"
#include "net/server.hpp"
#include "net/tls_context.hpp"
#include "serve/config.hpp"

namespace sallyport::serve {

// The ports of a replica: the webhooks', on threads of its own, and those for health and metrics. Engine's thread.
class Ports {
 public:
  struct Answers {
    std::function<std::vector<endpoints::Check>()> checks;
    std::function<std::optional<std::string>()> why_start_anew;
    std::function<std::string()> metrics;
  };

  // All of it outlives this.
  Ports(boost::asio::io_context& io, const Config& config, const admission::Context& context, const Clock& clock,
        endpoints::Metrics& metrics, endpoints::AgentsSeen& agents_seen, const endpoints::EngineHandle& engine,
        std::shared_ptr<net::TlsContext> tls, Answers answers);

  [[nodiscard]] Result<void> open_health();
  [[nodiscard]] Result<void> open_webhooks();
  [[nodiscard]] bool is_open() const { return is_open_; }
  void publish(const std::shared_ptr<const admission::PolicySnapshot>& snapshot) { io_threads_.publish(snapshot); }
  // Not ready keeps new connections away; those that there are would go on bringing calls.
  void stop_keeping_connections() { io_threads_.stop_keeping_connections(); }
  // Lets the calls in flight end, within `at_most`; false: some had not.
  [[nodiscard]] boost::asio::awaitable<bool> drain(engine::AlarmClock& clock, Duration at_most);
  void close();

  [[nodiscard]] const net::Counters& net_counters() const { return *net_counters_; }

 private:
  boost::asio::io_context& io_;
  std::shared_ptr<net::Counters> net_counters_ = std::make_shared<net::Counters>();
  endpoints::IoThreads io_threads_;
  net::Server health_;
  net::Server metrics_server_;
  bool is_open_ = false;
};

}  // namespace sallyport::serve
