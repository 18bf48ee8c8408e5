// What a replica does beside answering: proving that its caches are fresh, telling people whether their policies are in
// force (how it keeps the API server aimed at it is in aiming.cpp); and what it says of itself.
#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include "journal/compression.hpp"
#include "journal/retirement.hpp"
#include "kube/informer.hpp"
#include "kube/paths.hpp"
#include "serve/followers.hpp"
#include "serve/replica.hpp"
#include "sink/cursor.hpp"
#include "wire/policy.hpp"

namespace sallyport::serve {
namespace {

namespace asio = boost::asio;

constexpr Duration kConfirmEvery = std::chrono::seconds(4);
constexpr Duration kTellEvery = std::chrono::milliseconds(500);
constexpr Duration kTellAtLeastEvery = std::chrono::seconds(30);
constexpr Duration kPublishAtLeastEvery = std::chrono::seconds(5);
constexpr std::size_t kNotedAtOnce = 32;  // each at most journal::kLineLimit
constexpr Duration kClockEvery = std::chrono::seconds(4);
constexpr Duration kClockJump = std::chrono::seconds(1);  // slewing is slower
constexpr Duration kRetireEvery = std::chrono::minutes(10);
constexpr int kNicest = 19;
constexpr int kPublishShare = 9;  // of ten parts of time, one for making snapshots

asio::awaitable<Result<void>> compress_closed(std::string dir, std::string stream, std::stop_token stop) {
  ::setpriority(PRIO_PROCESS, 0, kNicest);  // of this thread alone, as Linux has it
  co_return journal::compress_closed(dir, stream, stop);
}

}  // namespace

asio::awaitable<void> Replica::pause(Duration span) {
  const std::shared_ptr<engine::Alarm> alarm = clock_->make_alarm();
  pauses_.push_back(alarm);
  if (!stopping_) co_await alarm->wait(span);
  std::erase(pauses_, alarm);
}

asio::awaitable<void> Replica::keep_confirmed() {
  while (!stopping_) {
    co_await pause(kConfirmEvery);
    if (!stopping_) co_await confirm_once();
    if (why_start_anew()) give_up();
  }
}

// Not ready keeps new connections away; those that there are would go on bringing calls.
void Replica::give_up() {
  if (std::exchange(gave_up_, true)) return;
  spdlog::critical("{}", *why_start_anew());
  if (io_threads_) io_threads_->stop_keeping_connections();
}

// All caches and the admission policy, by quorum reads; what is proven holds as of the moment the first of them began.
asio::awaitable<void> Replica::confirm_once() {
  auto as_of = Duration::max();
  for (auto& informer : followers_->informers) {
    const auto confirmed = co_await informer.confirm();
    if (!confirmed) {
      spdlog::warn("confirming the caches: {}", confirmed.error().message());
      co_return;
    }
    as_of = std::min(as_of, *confirmed);
  }
  followers_->publisher.publish();
  engine_->restoration().confirmed();
  readiness_.confirm(kCaches, as_of);
  freshness_.confirmed(as_of);

  co_await look_for_drift();
}

// What took long to make is made the more rarely, so that a crowd of changes leaves the engine's thread its time. (How
// long a change may stay unknown is bounded by confirm_once.)
asio::awaitable<void> Replica::keep_published() {
  while (!stopping_) {
    co_await changed_->wait(kPublishAtLeastEvery);
    const auto begun = steady_now();
    followers_->publisher.publish();
    co_await pause(kPublishShare * (steady_now() - begun));
  }
}

asio::awaitable<void> Replica::keep_policies_told() {
  auto rest = kTellEvery;
  while (!stopping_) {
    co_await pause(rest);
    bool told = true;
    for (auto* kind : {&followers_->policies, &followers_->cluster_policies})
      told = co_await tell_untold(*kind) && told;
    rest = told ? kTellEvery : std::min(2 * rest, kTellAtLeastEvery);
  }
}

// The log fails if too much waits for its disk. However many policies there are and however large, that is not for
// whoever wrote them to bring about: they wait here, and some are on disk before the next are handed over.
void Replica::note_in_turn(model::LogRecord record) {
  to_be_noted_.push_back(std::move(record));
  if (to_be_noted_.size() == 1) spawn(note_waiting());
}

asio::awaitable<void> Replica::note_waiting() {
  while (!to_be_noted_.empty() && !stopping_) {
    const auto count = std::min(to_be_noted_.size(), kNotedAtOnce);
    for (std::size_t i = 0; i + 1 < count; ++i) log_.journal->note(std::move(to_be_noted_[i]));
    const auto logged = co_await log_.journal->append(std::move(to_be_noted_[count - 1]));
    if (!logged) spdlog::warn("a policy is not in the log: {}", logged.error().message());
    to_be_noted_.erase(to_be_noted_.begin(), to_be_noted_.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

// Times in the log and in requests are the machine's clock's: where that jumps, the log says so.
asio::awaitable<void> Replica::keep_clock_watched() {
  auto wall = clock_->now();
  auto steady = clock_->steady();
  while (!stopping_) {
    co_await pause(kClockEvery);
    const auto jump = (clock_->now() - wall) - (clock_->steady() - steady);
    wall = clock_->now();
    steady = clock_->steady();
    if (std::chrono::abs(jump) < kClockJump) continue;
    spdlog::warn("the machine's clock has jumped by {} ms", jump / std::chrono::milliseconds(1));
    model::LogRecord record{"clock_jumped"};
    record.fields.set("by_ms", std::int64_t{jump / std::chrono::milliseconds(1)});
    log_.journal->note(std::move(record));
  }
}

// One after the other: neither would know the files that the other is about to rename or remove.
asio::awaitable<void> Replica::keep_log_small() {
  journal::Retirement retirement(
      config_.log_dir, config_.log_keep, log_.retired_up_to,
      [dir = config_.log_dir](const std::string& stream) { return sink::taken_up_to(dir, stream); });
  while (!stopping_) {
    if (config_.log_keep > Duration{}) {
      const auto retired = co_await retirement.pass(*log_.journal, clock_->now());
      if (!retired) spdlog::warn("retiring old files of the log: {}", retired.error().message());
    }
    if (config_.log_compress) co_await compress_log();
    co_await pause(kRetireEvery);
  }
}

// It takes seconds of a processor, so it has a thread of its own, which leaves the others their turn.
asio::awaitable<void> Replica::compress_log() {
  const auto compressed = co_await asio::co_spawn(
      compressor_, compress_closed(config_.log_dir, log_.journal->stream(), stop_compressing_.get_token()),
      asio::use_awaitable);
  if (!compressed) spdlog::warn("compressing closed files of the log: {}", compressed.error().message());
}

// False: some could not be told, and are kept for the next time.
asio::awaitable<bool> Replica::tell_untold(FollowedPolicies& kind) {
  const auto untold = kind.take_untold();
  if (untold.empty()) co_return true;
  followers_->publisher.publish();  // what is told to be in force is
  bool reachable = true;
  for (const auto& id : untold) {
    if (stopping_) co_return true;
    // One that has changed meanwhile is told once that change has been published.
    if (!reachable || kind.is_untold(id)) {
      kind.tell_again(id);
    } else {
      reachable = co_await tell_policy(kind, id);
    }
  }
  co_return reachable;
}

asio::awaitable<bool> Replica::tell_policy(FollowedPolicies& kind, const std::string& id) {
  const auto found = kind.all().find(id);
  if (found == kind.all().end() || kind.is_told(found->second)) co_return true;
  const auto ref = found->second.policy.ref;
  auto status = kind.status_of(found->second);
  const auto& written = found->second.written;
  const auto since = [&](const auto& due, const auto& stands) {
    return due.status == stands.status ? stands.last_transition : clock_->now();
  };
  status.ready.last_transition = since(status.ready, written.ready);
  status.is_protected.last_transition = since(status.is_protected, written.is_protected);
  const auto collection = &kind == &followers_->policies ? kube::kApprovalPolicies : kube::kClusterApprovalPolicies;
  const auto path = kube::path_of(collection, ref.namespace_name, ref.name, "status");
  const auto told = co_await api_->send(kube::merge_patch(path, wire::write_policy_status(status)));
  if (told || told.error().code() == ErrorCode::not_found) co_return true;
  spdlog::warn("telling {} {} that it is in force: {}", ref.kind, ref.name, told.error().message());
  kind.tell_again(id);
  co_return false;
}

std::optional<std::string> Replica::why_start_anew() const {
  const auto& replaced = own_keys_.why_start_anew();
  return replaced ? replaced : log_.journal->why_failed();
}

std::vector<Check> Replica::checks() const {
  std::vector<Check> checks;
  checks.push_back({"running", leaving_ ? "it is stopping" : serving_ ? "" : "it is starting"});
  checks.push_back({"log", log_.journal->why_failed().value_or("")});
  checks.push_back({"keys", own_keys_.why_start_anew().value_or("")});
  checks.push_back({"cluster", cluster_->why_not_ready().value_or("")});
  checks.push_back({"webhook configurations", aimed_ ? "" : "they do not call by the path and CA in force yet"});
  checks.push_back({"protection", why_unprotected(), true});
  return checks;
}

std::string Replica::metrics_text() const {
  Gauges gauges;
  gauges.holds = engine_->holding();
  gauges.pending = engine_->book().count(model::State::pending);
  gauges.approved = engine_->book().count(model::State::approved);
  gauges.policies = followers_->publisher.policies();
  const auto log = log_.journal->counters();
  gauges.log_records = log.records;
  gauges.log_syncs = log.syncs;
  gauges.log_errors = log.errors;
  gauges.log_rotations = log.rotations;
  gauges.seconds_since_confirmed = std::chrono::duration<double>(freshness_.age(steady_now())).count();
  if (const auto end = expiry_of(identity_.chain_pem())) {
    gauges.certificate_ends = std::chrono::duration<double>(end->time_since_epoch()).count();
  }
  const auto all = checks();
  gauges.requests_removed = engine_->history().removed();
  gauges.removals_failed = engine_->history().failed();
  gauges.stores_restored = engine_->restoration().count();
  gauges.is_revoking = engine_->restoration().under_way();
  gauges.is_unprotected = !why_unprotected().empty();
  gauges.lacks_keys = !keys_missing_.empty();
  for (const auto& part : gate_.parts) gauges.drifted.emplace_back(part.role, drifted_.contains(part.role));
  for (const auto& [agent, at] : agents_seen_.all()) {
    gauges.agents_seen.emplace_back(agent, at ? std::chrono::duration<double>(at->time_since_epoch()).count() : 0);
  }
  gauges.forged_decisions = engine_->forged_decisions();
  gauges.ready = is_ready(all);
  gauges.caller_by_certificate = !config_.webhook.client_ca_file.empty();
  gauges.sinks = sinks_->statuses();
  return write_metrics(metrics_, gauges, *net_counters_);
}

}  // namespace sallyport::serve
