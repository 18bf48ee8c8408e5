#include "serve/replica.hpp"

#include <sstream>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include "engine/recovery.hpp"
#include "kube/cluster.hpp"
#include "kube/lease.hpp"
#include "kube/paths.hpp"
#include "serve/clock.hpp"
#include "serve/failpoints.hpp"

namespace sallyport::serve {
namespace {

namespace asio = boost::asio;

constexpr Duration kStartPatience = std::chrono::seconds(60);
constexpr Duration kRetryEvery = std::chrono::milliseconds(500);
constexpr Duration kKeysRetryEvery = std::chrono::seconds(2);
constexpr Duration kDrainPatience = std::chrono::seconds(8);
constexpr Duration kSinkPatience = std::chrono::seconds(3);

std::string user_agent() {
  return "sallyport";
}

std::size_t thread_count(std::size_t wanted) {
  if (wanted != 0) return wanted;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4);
}

json::Value texts(const std::vector<std::string>& list) {
  auto array = json::Value::array();
  for (const auto& text : list) array.push(text);
  return array;
}

// What decides, beside the policies: whose calls are gated, and by what the guard holds.
model::LogRecord configuration_loaded(const Config& config) {
  auto agents = json::Value::array();
  for (const auto& agent : config.agents) {
    agents.push(json::Value::object()
                    .set("name", agent.name)
                    .set("users", texts(agent.users))
                    .set("groups", texts(agent.groups))
                    .set("service_accounts", texts(agent.service_accounts))
                    .set("namespaces", texts(agent.namespaces)));
  }
  model::LogRecord record{"configuration_loaded"};
  record.fields.set("namespace", config.namespace_name)
      .set("service_account", config.service_account)
      .set("agents", std::move(agents))
      .set("guard", to_string(config.guard))
      .set("callers", config.webhook.client_ca_file.empty() ? "path" : "certificate")
      .set("cooldown", format_duration(config.cooldown))
      .set("history", json::Value::object()
                          .set("retain", format_duration(config.history.retain))
                          .set("max_per_namespace", std::uint64_t{config.history.per_namespace}));
  return record;
}

}  // namespace

Replica::Replica(asio::io_context& io, Config config)
    : io_(io),
      config_(std::move(config)),
      clock_(make_clock(io.get_executor())),
      readiness_({kCaches, kAdmissionPolicy}),
      stopped_(clock_->make_alarm()),
      aim_now_(clock_->make_alarm()),
      changed_(clock_->make_alarm()),
      gate_(shipped_gate(config_)) {}

Replica::~Replica() = default;

asio::awaitable<Result<void>> Replica::start() {
  if (const auto opened = open_log(); !opened) co_return opened;
  if (const auto started = start_sinks(); !started) co_return started;
  if (const auto connected = connect(); !connected) co_return connected;
  if (const auto loaded = co_await load_own_keys(); !loaded) co_return loaded;
  if (const auto loaded = co_await load_keys(); !loaded) co_return loaded;
  if (const auto made = co_await make_engine(); !made) co_return made;
  if (const auto followed = co_await follow(); !followed) co_return followed;
  if (const auto opened = open_ports(); !opened) co_return opened;
  spawn(keep_aimed());
  spawn(keep_peers_watched());
  spawn(keep_protection_checked());
  spawn(keep_volumes_known());
  spawn(keep_published());
  spawn(keep_policies_told());
  spawn(keep_clock_watched());
  if (config_.log_keep > Duration{} || config_.log_compress) spawn(keep_log_small());
  serving_ = true;
  co_return Result<void>{};
}

Result<void> Replica::open_log() {
  journal::Limits limits;
  limits.file_bytes = std::uint64_t{config_.log_file_mib} << 20;
  limits.file_age = config_.log_file_age;
  auto opened = journal::open(config_.log_dir, config_.name, limits);
  if (!opened) return fail(opened.error());
  log_ = std::move(*opened);
  model::LogRecord record{"replica_started"};
  record.fields.set("replica", config_.name);
  log_.journal->note(std::move(record));
  log_.journal->note(configuration_loaded(config_));
  return {};
}

Result<void> Replica::start_sinks() {
  auto& journal = *log_.journal;
  const auto on_disk = [&journal](std::string_view stream) {
    return stream == journal.stream() ? std::optional(journal.seq_on_disk()) : std::nullopt;
  };
  auto started =
      sink::Sinks::start(config_.sinks, {config_.log_dir, config_.log_dir, on_disk,
                                         [&journal](model::LogRecord record) { journal.note(std::move(record)); },
                                         [](const std::string& text) { spdlog::warn("{}", text); }});
  if (!started) return fail(started.error());
  sinks_ = std::move(*started);
  return {};
}

Result<void> Replica::connect() {
  std::optional<std::filesystem::path> kubeconfig;
  if (config_.kubeconfig) kubeconfig = *config_.kubeconfig;
  auto kube_config = kube::load_config(kubeconfig);
  if (!kube_config) return fail(kube_config.error());
  auto api = kube::Api::make(io_.get_executor(), std::move(*kube_config), user_agent());
  if (!api) return fail(api.error());
  api_ = std::move(*api);
  events_ = std::make_unique<kube::EventQueue>(io_.get_executor(), *api_);
  return {};
}

// At an installation's first start they may still be under way: the kubelet puts them there.
asio::awaitable<Result<void>> Replica::load_own_keys() {
  const auto until = steady_now() + kStartPatience;
  for (;;) {
    const auto loaded = own_keys_.load();
    if (loaded || steady_now() > until) co_return loaded;
    spdlog::warn("{}; trying again. If nothing makes it: sallyport keys create, or keys restore",
                 loaded.error().message());
    co_await pause(kKeysRetryEvery);
  }
}

asio::awaitable<Result<void>> Replica::load_keys() {
  const auto service = config_.webhook.service + "." + config_.namespace_name;
  keys_ = std::make_unique<KeyStore>(*api_, config_.namespace_name, config_.keys_secret,
                                     std::vector<std::string>{service + ".svc", service, "localhost"},
                                     own_keys_.seal_key().clone());
  const auto until = steady_now() + kStartPatience;
  for (;;) {
    auto loaded = co_await keys_->load();
    if (loaded || steady_now() > until || loaded.error().code() != ErrorCode::unavailable) co_return loaded;
    spdlog::warn("{}; trying again", loaded.error().message());
    co_await pause(kRetryEvery);
  }
}

asio::awaitable<Result<void>> Replica::make_engine() {
  const auto system = co_await api_->send(kube::get(kube::path_of(kube::kNamespaces, {}, "kube-system")));
  if (!system)
    co_return fail(system.error().while_doing("reading namespace kube-system, whose uid is the cluster's id"));
  cluster_id_ = (*system)["metadata"]["uid"].text();
  hash_key_ = own_keys_.seal_key().clone();
  cluster_ = with_failpoints(std::make_unique<kube::KubeCluster>(*api_, *events_, readiness_, config_.name));

  engine::Settings settings;
  settings.agents = config_.agents;
  settings.own_namespace = config_.namespace_name;
  settings.cluster_id = cluster_id_;
  settings.replica = config_.name;
  settings.callers_proven = !config_.webhook.client_names.empty();
  settings.holds_per_agent = config_.holds_per_agent;
  settings.holds_in_all = config_.holds_in_all;
  settings.open_per_agent = config_.open_per_agent;
  settings.open_per_namespace = config_.open_per_namespace;
  settings.cooldown = config_.cooldown;
  settings.history = config_.history;
  settings.history.bytes_per_namespace = config_.kept_mib_per_namespace << 20;
  settings.history.bytes_in_all = config_.kept_mib << 20;
  settings.log_bytes_per_agent_a_day = config_.log_mib_per_agent_a_day << 20;
  engine_ = std::make_unique<engine::Engine>(
      *cluster_, *log_.journal, *clock_, std::move(settings), own_keys_.seal_key().clone(),
      engine::InForce{[this](const policy::Basis& basis) { return followers_->publisher.stands(basis); },
                      [this](const model::PolicyRef& policy) { return followers_->publisher.has(policy); }});

  engine_->landings().remember(std::move(log_.history.accepted));
  engine_->restoration().remember(std::move(log_.history));
  engine_->restoration().on_begin([](const std::string& why) {
    spdlog::critical("the cluster's store was put back to an earlier state: {}. Every approval in it is revoked", why);
  });

  standing_ = std::make_unique<Standing>(Standing{config_.agents, config_.guard, cluster_id_, hash_key_,
                                                  config_.webhook.timeout, config_.webhook.client_names});
  engine_side_ = std::make_unique<EngineSide>(EngineSide{
      io_.get_executor(), *engine_, *cluster_, *log_.journal, agents_seen_,
      [this] { return log_.journal->why_failed(); }, [this](std::string path) { return knows_path(std::move(path)); }});

  const auto intents = log_.open_intents.size();
  const auto closed = co_await engine::close_open_intents(*cluster_, *log_.journal, std::move(log_.open_intents));
  if (!closed) co_return fail(closed.error().while_doing("closing what a crash has left open"));
  if (intents > 0) spdlog::warn("closed {} intents that a crash had left open", intents);
  co_return Result<void>{};
}

asio::awaitable<Result<void>> Replica::follow() {
  followers_ = std::make_unique<Followers>(
      io_.get_executor(), *api_, [this] { changed_->ring(); },
      [this](model::LogRecord record) { note_in_turn(std::move(record)); },
      FollowedRequests([this](model::ApprovalRequest request) { spawn(engine_->observe(std::move(request))); },
                       [this](const model::RequestKey& key, const std::string& uid) { engine_->forget(key, uid); },
                       [this](std::uint64_t version) { engine_->synced(version); },
                       [this](const std::string& why) { engine_->restoration().begin(why); }));
  for (auto& informer : followers_->informers) spawn(informer.run());
  spawn(events_->run());
  const auto until = steady_now() + kStartPatience;
  do {
    co_await confirm_once();
    if (freshness_.holds(steady_now())) {
      spawn(keep_confirmed());
      spawn(engine_->run_chores());
      spawn(engine_->tidy_history());
      co_return Result<void>{};
    }
    co_await pause(kRetryEvery);
  } while (steady_now() < until && !stopping_);
  co_return fail(ErrorCode::unavailable,
                 "policies, namespaces and requests could not be read within 60 s (see the lines above)");
}

Result<void> Replica::open_ports() {
  if (const auto signing = own_keys_.sign(*log_.journal); !signing) return signing;
  if (const auto shown = identity_.refresh(keys_->keys()); !shown) return shown;
  if (const auto set = refresh_client_ca(); !set) return set;
  io_threads_ = std::make_unique<IoThreads>(
      thread_count(config_.threads), net::Server::Options{config_.webhook.address, tls_, {}, net_counters_, true},
      [this] { return std::make_unique<Webhooks>(*standing_, freshness_, metrics_, *engine_side_); });
  followers_->publisher.publish_to([this](const auto& snapshot) { io_threads_->publish(snapshot); });
  followers_->publisher.on_other_policies([this] { engine_->policies_changed(); });
  followers_->publisher.policies_changed();
  publish_guard();
  publish_keys();
  if (const auto started = io_threads_->start(); !started) return started;

  health_ =
      std::make_unique<net::Server>(io_, net::Server::Options{config_.health_address, nullptr, {}, nullptr, false},
                                    health_handler([this] { return checks(); }, [this] { return why_start_anew(); }));
  metrics_server_ =
      std::make_unique<net::Server>(io_, net::Server::Options{config_.metrics_address, nullptr, {}, nullptr, false},
                                    metrics_handler([this] { return metrics_text(); }));
  if (const auto started = health_->start(); !started) return started;
  return metrics_server_->start();
}

void Replica::publish_keys() {
  followers_->publisher.set_keys(keys_->keys(), clock_->now(), steady_now());
  followers_->publisher.publish();
}

void Replica::spawn(asio::awaitable<void> chore) {
  ++chores_;
  asio::co_spawn(io_, std::move(chore), [this](std::exception_ptr error) {
    --chores_;
    if (!error) return;
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& thrown) {
      spdlog::critical("a chore has ended unexpectedly: {}", thrown.what());
    }
  });
}

asio::awaitable<void> Replica::stop() {
  spdlog::info("stopping: held calls are told to come again");
  leaving_ = true;
  if (keys_) keys_->only_read();
  if (engine_) engine_->stop_holding();
  if (io_threads_ && serving_ && config_.shutdown_delay > Duration{0}) {
    io_threads_->stop_keeping_connections();
    co_await clock_->make_alarm()->wait(config_.shutdown_delay);
  }
  stopping_ = true;
  stop_compressing_.request_stop();
  if (engine_) engine_->stop();
  if (io_threads_ && serving_) {
    const std::shared_ptr<engine::Alarm> drained = clock_->make_alarm();
    io_threads_->drain(io_.get_executor(), [drained] { drained->ring(); });
    if (!co_await drained->wait(kDrainPatience))
      spdlog::warn("some calls were still in flight after 8 s and are cut off");
  }
  if (followers_) {
    for (auto& informer : followers_->informers) informer.stop();
  }
  if (events_) events_->stop();
  stopped_->ring();
  changed_->ring();
  aim_now_->ring();
  for (auto& alarm : pauses_) alarm->ring();
  for (int tries = 0; chores_ > 0 && tries < 50; ++tries)
    co_await clock_->make_alarm()->wait(std::chrono::milliseconds(20));
  if (io_threads_) io_threads_->stop();
  if (serving_) (void)co_await kube::remove_lease(*api_, config_.namespace_name, {config_.name, {}, {}, {}});
  if (health_) health_->close();
  if (metrics_server_) metrics_server_->close();
  if (log_.journal) {
    model::LogRecord record{"replica_stopped"};
    record.fields.set("replica", config_.name);
    (void)co_await log_.journal->append(std::move(record));
  }
  if (sinks_) sinks_->stop(kSinkPatience);
}

}  // namespace sallyport::serve
