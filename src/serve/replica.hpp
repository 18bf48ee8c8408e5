#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/machine.hpp"
#include "controllers/policy_recorder.hpp"
#include "controllers/runner.hpp"
#include "engine/engine.hpp"
#include "journal/journal.hpp"
#include "kube/api.hpp"
#include "kube/event_queue.hpp"
#include "kube/readiness.hpp"
#include "serve/config.hpp"
#include "serve/controllers.hpp"
#include "serve/ports.hpp"
#include "sink/sinks.hpp"

namespace sallyport::serve {

// One replica, put together: everything but the I/O threads and the log's threads lives on the thread that runs `io`.
// The members stand in the order in which they come up; each uses only those before it, so they go in the other order.
class Replica {
 public:
  Replica(boost::asio::io_context& io, Config config, const Machine& machine);
  ~Replica();

  // Comes up: log, API server, keys, engine, caches, controllers, ports. An Error: it must not answer.
  [[nodiscard]] boost::asio::awaitable<Result<void>> start();
  // Goes down in order: not ready, held calls told to come again, the log brought to disk. False: something still runs
  // that would refer to what is destroyed, so the process must end without that.
  [[nodiscard]] boost::asio::awaitable<bool> stop();

 private:
  [[nodiscard]] Result<void> open_log();
  [[nodiscard]] Result<void> start_sinks();
  [[nodiscard]] Result<void> connect();
  [[nodiscard]] boost::asio::awaitable<Result<void>> load_keys();
  [[nodiscard]] boost::asio::awaitable<Result<void>> make_engine();
  void make_caches();
  void make_controllers();
  [[nodiscard]] boost::asio::awaitable<Result<void>> close_open_intents();
  [[nodiscard]] boost::asio::awaitable<Result<void>> follow();
  [[nodiscard]] boost::asio::awaitable<Result<void>> open_webhooks();

  // Why only a new process can set things right; nothing: none is needed.
  [[nodiscard]] std::optional<std::string> why_start_anew() const;
  [[nodiscard]] std::vector<endpoints::Check> checks() const;
  [[nodiscard]] std::string why_not_ready() const;
  [[nodiscard]] std::string metrics_text() const;

  enum class Phase { starting, serving, leaving };

  // How the API server is reached, and what the engine sees of it.
  struct Connection {
    std::unique_ptr<kube::Api> api;
    kube::Readiness readiness{{cache::kCaches, cache::kAdmissionPolicy}};
    std::unique_ptr<kube::EventQueue> events;
    std::unique_ptr<engine::Cluster> cluster;
  };
  // What proves this replica, and what it seals and signs by.
  struct Keys {
    explicit Keys(const Config& config)
        : files({config.seal_key_file, config.log_key_file, config.webhook.certificate_dir,
                 config.webhook.client_ca_file}) {}

    keys::OwnKeys own;
    std::unique_ptr<keys::KeyStore> shared;
    std::shared_ptr<net::TlsContext> tls = std::make_shared<net::TlsContext>();
    keys::ServingCertificate certificate{tls};
    Secret hash_key;
    keys::KeyFiles files;
    Instant wanted_since{};  // when this process began to look for them
  };
  // What the I/O threads work with.
  struct Admission {
    explicit Admission(const Config& config) : agents_seen(config.agents) {}

    endpoints::Metrics metrics;
    endpoints::AgentsSeen agents_seen;
    std::unique_ptr<admission::Context> context;
    std::unique_ptr<endpoints::EngineHandle> engine;
  };

  boost::asio::io_context& io_;
  Config config_;
  const Machine& machine_;
  std::unique_ptr<engine::AlarmClock> clock_;
  controllers::Runner runner_;
  Phase phase_ = Phase::starting;
  journal::Opened log_;
  std::unique_ptr<sink::Sinks> sinks_;
  Connection connection_;
  Keys keys_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<controllers::PolicyRecorder> policy_recorder_;
  std::shared_ptr<engine::Alarm> policies_changed_;
  std::unique_ptr<cache::Caches> caches_;
  Admission admission_;
  std::unique_ptr<Controllers> controllers_;
  std::unique_ptr<Ports> ports_;
  // What would hold up the engine's thread: JSON, and the index of policies, which may take longer than a proof of
  // freshness holds. Last, so that they are joined before what their work refers to goes.
  boost::asio::thread_pool worker_{1};
  boost::asio::thread_pool indexer_{1};
};

}  // namespace sallyport::serve
