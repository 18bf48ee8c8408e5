#include "serve/ports.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace sallyport::serve {
namespace {

std::size_t thread_count(std::size_t wanted) {
  if (wanted != 0) return wanted;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4);
}

}  // namespace

Ports::Ports(boost::asio::io_context& io, const Config& config, const admission::Context& context, const Clock& clock,
             endpoints::Metrics& metrics, endpoints::AgentsSeen& agents_seen, const endpoints::EngineHandle& engine,
             std::shared_ptr<net::TlsContext> tls, Answers answers)
    : io_(io),
      io_threads_(thread_count(config.threads),
                  net::Server::Options{config.webhook.address, std::move(tls), {}, net_counters_, true},
                  [&context, &clock, &metrics, &agents_seen, &engine] {
                    return std::make_unique<endpoints::Webhooks>(context, clock, metrics, agents_seen, engine);
                  }),
      health_(io, net::Server::Options{config.health_address, nullptr, {}, nullptr, false},
              endpoints::health_handler(std::move(answers.checks), std::move(answers.why_start_anew))),
      metrics_server_(io, net::Server::Options{config.metrics_address, nullptr, {}, nullptr, false},
                      endpoints::metrics_handler(std::move(answers.metrics))) {}

Result<void> Ports::open_health() {
  if (const auto started = health_.start(); !started) return started;
  return metrics_server_.start();
}

Result<void> Ports::open_webhooks() {
  if (const auto started = io_threads_.start(); !started) return started;
  is_open_ = true;
  return {};
}

boost::asio::awaitable<bool> Ports::drain(engine::AlarmClock& clock, Duration at_most) {
  const std::shared_ptr<engine::Alarm> drained = clock.make_alarm();
  io_threads_.drain(io_.get_executor(), [drained] { drained->ring(); });
  co_return co_await drained->wait(at_most);
}

void Ports::close() {
  io_threads_.stop();
  health_.close();
  metrics_server_.close();
}

}  // namespace sallyport::serve
