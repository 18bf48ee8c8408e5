#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "engine/engine.hpp"
#include "journal/journal.hpp"
#include "kube/api.hpp"
#include "kube/event_queue.hpp"
#include "kube/lease.hpp"
#include "kube/readiness.hpp"
#include "kube/shipped.hpp"
#include "kube/webhook_config.hpp"
#include "net/server.hpp"
#include "net/tls_context.hpp"
#include "serve/agents_seen.hpp"
#include "serve/config.hpp"
#include "serve/followers.hpp"
#include "serve/health.hpp"
#include "serve/identity.hpp"
#include "serve/io_threads.hpp"
#include "serve/key_store.hpp"
#include "serve/metrics.hpp"
#include "serve/own_keys.hpp"
#include "serve/peers.hpp"
#include "sink/sinks.hpp"

namespace sallyport::serve {

// One replica, put together: everything but the I/O threads and the log's thread lives on the thread that runs `io`.
class Replica {
 public:
  Replica(boost::asio::io_context& io, Config config);
  ~Replica();

  // Comes up: log, keys, caches, open intents of a crash, webhook configurations, port. An Error: it must not answer.
  [[nodiscard]] boost::asio::awaitable<Result<void>> start();
  // Goes down in order: not ready, held calls told to come again, the log brought to disk.
  [[nodiscard]] boost::asio::awaitable<void> stop();

 private:
  [[nodiscard]] Result<void> open_log();
  [[nodiscard]] Result<void> start_sinks();
  [[nodiscard]] Result<void> connect();
  [[nodiscard]] boost::asio::awaitable<Result<void>> load_own_keys();
  [[nodiscard]] boost::asio::awaitable<Result<void>> load_keys();
  [[nodiscard]] boost::asio::awaitable<Result<void>> make_engine();
  [[nodiscard]] boost::asio::awaitable<Result<void>> follow();
  [[nodiscard]] Result<void> open_ports();
  void spawn(boost::asio::awaitable<void> chore);

  // Chores: each its own loop, until `stopping_`.
  boost::asio::awaitable<void> keep_confirmed();
  boost::asio::awaitable<void> keep_aimed();
  boost::asio::awaitable<void> keep_peers_watched();
  boost::asio::awaitable<void> keep_protection_checked();
  boost::asio::awaitable<void> keep_volumes_known();
  boost::asio::awaitable<void> keep_published();
  boost::asio::awaitable<void> keep_policies_told();
  boost::asio::awaitable<void> keep_log_small();
  boost::asio::awaitable<void> keep_clock_watched();
  boost::asio::awaitable<void> pause(Duration span);

  void note_in_turn(model::LogRecord record);
  boost::asio::awaitable<void> note_waiting();
  boost::asio::awaitable<void> confirm_once();
  boost::asio::awaitable<Result<void>> aim_once();
  boost::asio::awaitable<void> check_rights();
  boost::asio::awaitable<void> look_for_drift();
  boost::asio::awaitable<void> look_at_volumes();
  boost::asio::awaitable<Result<void>> refresh_keys();
  boost::asio::awaitable<Result<void>> aim(kube::WebhookConfigName which, kube::WebhookTarget target);
  boost::asio::awaitable<Result<void>> look_at_peers();
  [[nodiscard]] kube::LeaseNotes lease_notes() const;
  void need_new_path(std::string why);
  [[nodiscard]] Result<void> refresh_client_ca();
  void look_at_keys();
  boost::asio::awaitable<bool> tell_untold(FollowedPolicies& kind);
  boost::asio::awaitable<bool> tell_policy(FollowedPolicies& kind, const std::string& id);
  boost::asio::awaitable<bool> knows_path(std::string path);
  boost::asio::awaitable<void> look_at_path();
  boost::asio::awaitable<void> compress_log();
  void publish_keys();
  void publish_guard();
  void tell_protection();

  [[nodiscard]] std::vector<Check> checks() const;
  [[nodiscard]] std::string why_unprotected() const;  // "": no agent passes around the gate
  [[nodiscard]] std::optional<std::string> why_start_anew() const;
  void give_up();
  [[nodiscard]] std::string metrics_text() const;
  [[nodiscard]] Duration steady_now() const { return clock_->steady(); }

  boost::asio::io_context& io_;
  Config config_;
  std::unique_ptr<engine::Clock> clock_;
  journal::Opened log_;
  OwnKeys own_keys_{config_.seal_key_file, config_.log_key_file};
  std::deque<model::LogRecord> to_be_noted_;  // what can come in any number at once
  bool gave_up_ = false;
  std::unique_ptr<sink::Sinks> sinks_;  // gone before the journal, which it writes to
  std::unique_ptr<kube::Api> api_;
  std::unique_ptr<KeyStore> keys_;
  std::string cluster_id_;
  kube::Readiness readiness_;
  std::unique_ptr<kube::EventQueue> events_;
  std::unique_ptr<engine::Cluster> cluster_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<Followers> followers_;
  Secret hash_key_;
  std::shared_ptr<const policy::OwnVolumes> volumes_;  // null until they were read
  std::unique_ptr<Standing> standing_;
  std::unique_ptr<EngineSide> engine_side_;
  Metrics metrics_;
  AgentsSeen agents_seen_{config_.agents};
  const Instant since_ = clock_->now();
  Freshness freshness_;
  std::shared_ptr<net::TlsContext> tls_ = std::make_shared<net::TlsContext>();
  Identity identity_{tls_, config_.webhook.certificate_dir};
  std::shared_ptr<net::Counters> net_counters_ = std::make_shared<net::Counters>();
  std::unique_ptr<IoThreads> io_threads_;
  std::unique_ptr<net::Server> health_;
  std::unique_ptr<net::Server> metrics_server_;
  std::shared_ptr<engine::Alarm> stopped_;
  std::shared_ptr<engine::Alarm> aim_now_;
  std::shared_ptr<engine::Alarm> changed_;  // policies or namespaces: rung by the followers
  std::vector<std::shared_ptr<engine::Alarm>> pauses_;
  Duration path_looked_at_{};  // when the last look that has ended began
  bool looking_at_path_ = false;
  std::size_t path_waiters_ = 0;
  bool aimed_ = false;
  kube::ShippedGate gate_;
  std::map<std::string_view, kube::Drift> drifted_;  // by role
  std::optional<std::string> rights_around_;         // a right of an agent's that leads around the gate
  bool rights_known_ = false;
  std::optional<std::string> told_unprotected_;            // nothing was told yet, or why ("": it is protected)
  std::map<std::string, kube::WebhookTarget> aimed_at_;    // by configuration, as it stood when it was last seen
  std::string why_new_path_ = "this replica has started";  // "": none is needed
  Peers peers_;
  std::string client_ca_;
  std::string keys_missing_;  // what a replica that starts now would lack
  bool serving_ = false;
  bool leaving_ = false;  // not ready any more, but answering
  bool stopping_ = false;
  std::size_t chores_ = 0;
  std::stop_source stop_compressing_;
  boost::asio::thread_pool compressor_{1};  // last, so that it is over before all else goes
};

}  // namespace sallyport::serve
