#include "serve/replica.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "engine/recovery.hpp"
#include "kube/cluster.hpp"
#include "kube/lease.hpp"
#include "kube/paths.hpp"
#include "serve/alarm_clock.hpp"
#include "serve/configuration_record.hpp"
#include "serve/failpoints.hpp"

namespace sallyport::serve {
namespace {

namespace asio = boost::asio;

constexpr Duration kStartPatience = std::chrono::seconds(60);
constexpr Duration kRetryEvery = std::chrono::milliseconds(500);
constexpr Duration kKeysRetryEvery = std::chrono::seconds(2);
constexpr Duration kDrainPatience = std::chrono::seconds(8);
constexpr Duration kEnginePatience = std::chrono::seconds(25);  // a use may await the API server for 20 s
constexpr Duration kLoopsPatience = std::chrono::seconds(6);    // a call of the API server may take 5 s
constexpr Duration kSinkPatience = std::chrono::seconds(3);

}  // namespace

Replica::Replica(asio::io_context& io, Config config, const Machine& machine)
    : io_(io),
      config_(std::move(config)),
      machine_(machine),
      clock_(make_alarm_clock(machine.clock, io.get_executor())),
      runner_(io.get_executor(), *clock_),
      keys_(config_),
      admission_(config_) {}

Replica::~Replica() = default;

asio::awaitable<Result<void>> Replica::start() {
  if (const auto opened = open_log(); !opened) co_return opened;
  if (const auto started = start_sinks(); !started) co_return started;
  if (const auto connected = connect(); !connected) co_return connected;
  if (const auto loaded = co_await load_keys(); !loaded) co_return loaded;
  if (const auto made = co_await make_engine(); !made) co_return made;
  make_caches();
  make_controllers();
  if (const auto opened = ports_->open_health(); !opened) co_return opened;
  if (const auto closed = co_await close_open_intents(); !closed) co_return closed;
  if (const auto followed = co_await follow(); !followed) co_return followed;
  if (const auto opened = co_await open_webhooks(); !opened) co_return opened;
  controllers_->spawn();
  phase_ = Phase::serving;
  co_return Result<void>{};
}

Result<void> Replica::open_log() {
  journal::Limits limits;
  limits.file_bytes = std::uint64_t{config_.log_file_mib} << 20;
  limits.file_age = config_.log_file_age;
  auto opened = journal::open(config_.log_dir, config_.name, machine_.clock, machine_.random, limits);
  if (!opened) return fail(opened.error());
  log_ = std::move(*opened);
  model::LogRecord record{"replica_started"};
  record.fields.set("replica", config_.name);
  log_.journal->append_async(std::move(record));
  log_.journal->append_async(configuration_loaded(config_));
  return {};
}

Result<void> Replica::start_sinks() {
  auto& journal = *log_.journal;
  const auto on_disk = [&journal](std::string_view stream) {
    return stream == journal.stream() ? std::optional(journal.seq_on_disk()) : std::nullopt;
  };
  auto started = sink::Sinks::start(
      config_.sinks, {config_.log_dir, config_.log_dir, on_disk,
                      [&journal](model::LogRecord record) { journal.append_async(std::move(record)); },
                      [](const std::string& text) { spdlog::warn("{}", text); }, machine_.clock, machine_.random});
  if (!started) return fail(started.error());
  sinks_ = std::move(*started);
  return {};
}

Result<void> Replica::connect() {
  std::optional<std::filesystem::path> kubeconfig;
  if (config_.kubeconfig) kubeconfig = *config_.kubeconfig;
  auto kube_config = kube::load_config(kubeconfig);
  if (!kube_config) return fail(kube_config.error());
  auto api =
      kube::Api::make({io_.get_executor(), machine_.clock, machine_.random, kube::Worker(worker_.get_executor())},
                      std::move(*kube_config), "sallyport");
  if (!api) return fail(api.error());
  auto& to = connection_;
  to.api = std::move(*api);
  to.events = std::make_unique<kube::EventQueue>(io_.get_executor(), *to.api);
  to.cluster = with_failpoints(std::make_unique<kube::KubeCluster>(*to.api, *to.events, to.readiness, config_.name));
  return {};
}

// At an installation's first start the files may still be under way (the kubelet puts them there), and so may the API
// server be.
asio::awaitable<Result<void>> Replica::load_keys() {
  keys_.wanted_since = clock_->now();
  const auto until = clock_->steady() + kStartPatience;
  for (;;) {
    const auto loaded = keys_.own.take_seal_key((co_await keys_.files.read()).seal_key);
    if (loaded) break;
    if (clock_->steady() > until) co_return loaded;
    spdlog::warn("{}; trying again. If nothing makes it: sallyport keys create, or keys restore",
                 loaded.error().message());
    co_await runner_.pause(kKeysRetryEvery);
  }
  keys_.hash_key = keys_.own.seal_key().clone();
  const auto service = config_.webhook.service + "." + config_.namespace_name;
  keys_.shared = std::make_unique<keys::KeyStore>(*connection_.api, config_.namespace_name, config_.keys_secret,
                                                  std::vector<std::string>{service + ".svc", service, "localhost"},
                                                  keys_.own.seal_key().clone());
  for (;;) {
    auto loaded = co_await keys_.shared->load();
    if (loaded || clock_->steady() > until || loaded.error().code() != ErrorCode::unavailable) co_return loaded;
    spdlog::warn("{}; trying again", loaded.error().message());
    co_await runner_.pause(kRetryEvery);
  }
}

asio::awaitable<Result<void>> Replica::make_engine() {
  const auto system = co_await connection_.api->send(kube::get(kube::path_of(kube::kNamespaces, {}, "kube-system")));
  if (!system)
    co_return fail(system.error().while_doing("reading namespace kube-system, whose uid is the cluster's id"));
  std::string cluster_id((*system)["metadata"]["uid"].text());
  admission_.context =
      std::make_unique<admission::Context>(admission::Context{config_.agents, config_.guard, cluster_id, keys_.hash_key,
                                                              config_.webhook.timeout, config_.webhook.client_names});
  engine_ = std::make_unique<engine::Engine>(
      *connection_.cluster, *log_.journal, *clock_, machine_.random, engine_settings(config_, std::move(cluster_id)),
      keys_.own.seal_key().clone(),
      engine::InForce{[this](const policy::Basis& basis) { return caches_->publisher.stands(basis); },
                      [this](const model::PolicyRef& policy) { return caches_->publisher.has(policy); }});
  engine_->landings().remember(std::move(log_.history.accepted));
  engine_->restoration().remember(std::move(log_.history));
  engine_->restoration().on_begin([](const std::string& why) {
    spdlog::critical("the cluster's store was put back to an earlier state: {}. Every approval in it is revoked", why);
  });
  co_return Result<void>{};
}

void Replica::make_caches() {
  policy_recorder_ = std::make_unique<controllers::PolicyRecorder>(runner_, *log_.journal);
  policies_changed_ = runner_.make_alarm();
  caches_ = std::make_unique<cache::Caches>(
      io_.get_executor(), kube::Worker(indexer_.get_executor()), *connection_.api,
      [this] { policies_changed_->ring(); },
      [this](model::LogRecord record) { policy_recorder_->record(std::move(record)); },
      cache::RequestObserver(
          [this](model::ApprovalRequest request) {
            runner_.run_once("taking a request from the watch", engine_->observe(std::move(request)));
          },
          [this](const model::RequestKey& key, const std::string& uid) { engine_->forget(key, uid); },
          [this](std::uint64_t version) { engine_->synced(version); },
          [this](const std::string& why) { engine_->restoration().begin(why); }),
      config_.effects);
  for (auto* kind : {&caches_->policies, &caches_->cluster_policies}) {
    kind->set_guard_mode(config_.guard);
    kind->set_effects(config_.effects);
    kind->set_agents(config_.agents);
  }
}

void Replica::make_controllers() {
  controllers_ = std::make_unique<Controllers>(
      Workplace{config_, runner_, log_, *connection_.api, connection_.readiness,
                controllers::KeyRotation::Parts{keys_.own, *keys_.shared, keys_.certificate, *keys_.tls, keys_.files,
                                                keys_.wanted_since},
                *engine_, *caches_, policies_changed_, admission_.agents_seen, [this] { return why_not_ready(); },
                controllers::NewStartWatcher::Parts{[this] { return why_start_anew(); },
                                                    [this] { ports_->stop_keeping_connections(); }}});
  admission_.engine = std::make_unique<endpoints::EngineHandle>(endpoints::EngineHandle::Parts{
      io_.get_executor(), *engine_, *connection_.cluster, *log_.journal,
      admission::PolicyChecks{
          [this] { return log_.journal->why_failed(); },
          [this](model::Policy policy) { return controllers_->discovery.warnings_on(std::move(policy)); }},
      [this](std::string path) { return controllers_->keys.knows_path(std::move(path)); }});
  ports_ = std::make_unique<Ports>(io_, config_, *admission_.context, machine_.clock, admission_.metrics,
                                   admission_.agents_seen, *admission_.engine, keys_.tls,
                                   Ports::Answers{[this] { return checks(); }, [this] { return why_start_anew(); },
                                                  [this] { return metrics_text(); }});
}

asio::awaitable<Result<void>> Replica::close_open_intents() {
  const auto intents = log_.open_intents.size();
  const auto closed =
      co_await engine::close_open_intents(*connection_.cluster, *log_.journal, std::move(log_.open_intents));
  if (!closed) co_return fail(closed.error().while_doing("closing what a crash has left open"));
  if (intents > 0) spdlog::warn("closed {} intents that a crash had left open", intents);
  co_return Result<void>{};
}

asio::awaitable<Result<void>> Replica::follow() {
  for (std::size_t i = 0; i < std::size(caches_->informers); ++i)
    runner_.spawn(cache::kInformerNames[i], caches_->informers[i].run());
  runner_.spawn("events", connection_.events->run());
  const auto until = clock_->steady() + kStartPatience;
  do {
    co_await controllers_->freshness.confirm_once();
    if (caches_->publisher.freshness().holds(clock_->steady()) &&
        caches_->requests_informer().confirmed_at() != Duration{}) {
      runner_.spawn("freshness", controllers_->freshness.run());
      runner_.spawn("freshness-of-requests", controllers_->freshness.run_requests());
      runner_.spawn("engine", engine_->run_chores());
      runner_.spawn("history", engine_->tidy_history());
      co_return Result<void>{};
    }
    co_await runner_.pause(kRetryEvery);
  } while (clock_->steady() < until && !runner_.stopping());
  co_return fail(ErrorCode::unavailable,
                 "policies, namespaces and requests could not be read within 60 s (see the lines above)");
}

asio::awaitable<Result<void>> Replica::open_webhooks() {
  caches_->publisher.publish_to([this](const auto& snapshot) { ports_->publish(snapshot); });
  caches_->publisher.on_other_policies([this] { engine_->policies_changed(); });
  controllers_->publish_guard(nullptr);
  if (const auto started = co_await controllers_->keys.start(); !started) co_return started;
  co_return ports_->open_webhooks();
}

asio::awaitable<bool> Replica::stop() {
  spdlog::info("stopping: held calls are told to come again");
  const bool served = phase_ == Phase::serving;
  phase_ = Phase::leaving;
  if (keys_.shared) keys_.shared->only_read();
  if (engine_) engine_->stop_holding();
  if (served && config_.shutdown_delay > Duration{0}) {
    ports_->stop_keeping_connections();
    co_await clock_->make_alarm()->wait(config_.shutdown_delay);
  }
  runner_.stop();
  if (controllers_) controllers_->stop();
  if (engine_) engine_->stop();
  if (served && !co_await ports_->drain(*clock_, kDrainPatience))
    spdlog::warn("some calls were still in flight after 8 s and are cut off");
  if (caches_) {
    for (auto& informer : caches_->informers) informer.stop();
  }
  if (connection_.events) connection_.events->stop();
  // Calls that the API server has not answered yet hold on to the engine.
  bool ended = !engine_ || co_await engine_->ended(kEnginePatience);
  ended = co_await runner_.ended(kLoopsPatience) && ended;
  if (ports_) ports_->close();
  if (served) (void)co_await kube::remove_lease(*connection_.api, config_.namespace_name, {config_.name, {}, {}, {}});
  if (log_.journal) {
    model::LogRecord record{"replica_stopped"};
    record.fields.set("replica", config_.name);
    (void)co_await log_.journal->append(std::move(record));
  }
  if (sinks_) sinks_->stop(kSinkPatience);
  if (!ended) log_.journal.reset();  // with which it signs its last lines: the process ends without the rest
  co_return ended;
}

}  // namespace sallyport::serve
