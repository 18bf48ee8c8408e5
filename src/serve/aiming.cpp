// How the API server is told where to call, and by what its calls are known: the path, which is replaced whenever
// somebody else may have learned it, and the CA of its certificate.
#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "base/files.hpp"
#include "kube/lease.hpp"
#include "kube/paths.hpp"
#include "serve/replica.hpp"

namespace sallyport::serve {
namespace {

namespace asio = boost::asio;

constexpr Duration kAimEvery = std::chrono::seconds(5);
constexpr Duration kAimAgain = std::chrono::milliseconds(500);
// At most so often is the Secret read because somebody called by a path that is not known.
constexpr Duration kPathLookEvery = std::chrono::milliseconds(250);
constexpr Duration kPathLookPause = std::chrono::milliseconds(20);
constexpr std::size_t kPathWaiters = 64;

std::string path_for(const Keys& keys, std::string_view end) {
  return "/" + keys.path + "/" + std::string(end);
}

}  // namespace

asio::awaitable<void> Replica::keep_aimed() {
  while (!stopping_) {
    own_keys_.refresh(*log_.journal);
    keys_->publish_log_key(own_keys_.log_pub());
    const auto aimed = co_await aim_once();
    look_at_keys();
    aimed_ = aimed.has_value();
    if (!aimed) spdlog::warn("aiming the webhook configurations: {}", aimed.error().message());
    if (!stopping_) co_await aim_now_->wait(aimed ? kAimEvery : kAimAgain);
  }
}

// The Secret first, then the configurations: the path that the API server is told is one that every replica can find.
asio::awaitable<Result<void>> Replica::aim_once() {
  if (const auto refreshed = co_await refresh_keys(); !refreshed) co_return refreshed;
  if (const auto set = refresh_client_ca(); !set) {
    spdlog::warn("the clients' CA in use stays, since the new one can not be: {}", set.error().message());
  }
  const auto& keys = keys_->keys();
  if (const auto current = identity_.refresh(keys); !current) {
    spdlog::warn("the certificate in use stays, since the new one can not be: {}", current.error().message());
  }
  const std::pair<kube::WebhookConfigName, std::string> targets[] = {
      {{kube::kValidatingWebhooks, config_.webhook.gate}, path_for(keys, "admit")},
      {{kube::kMutatingWebhooks, config_.webhook.requests}, path_for(keys, "requests")}};
  for (const auto& [which, path] : targets) {
    const auto aimed = co_await aim(which, {identity_.ca_pem(), path});
    if (!aimed) co_return fail(aimed.error().while_doing(which.name));
  }
  co_return Result<void>{};
}

asio::awaitable<Result<void>> Replica::refresh_keys() {
  const auto before = keys_->keys().path;
  const auto why = std::exchange(why_new_path_, "");
  const auto refreshed = why.empty() ? co_await keys_->refresh() : co_await keys_->replace_path();
  if (!refreshed) {
    if (why_new_path_.empty()) why_new_path_ = why;
    co_return fail(refreshed.error());
  }
  if (*refreshed) publish_keys();
  if (!why.empty() && keys_->keys().path != before) spdlog::info("the path in force is a new one: {}", why);
  co_return Result<void>{};
}

void Replica::need_new_path(std::string why) {
  why_new_path_ = std::move(why);
  aim_now_->ring();
}

asio::awaitable<Result<void>> Replica::aim(kube::WebhookConfigName which, kube::WebhookTarget target) {
  auto live = co_await kube::read_webhooks(*api_, which);
  if (!live && live.error().code() == ErrorCode::not_found) co_return Result<void>{};  // look_for_drift tells of it
  if (!live) co_return fail(live.error());
  const auto why = kube::why_not_aimed(*live, target);
  if (!why) {
    aimed_at_.insert_or_assign(which.name, std::move(target));
    co_return Result<void>{};
  }
  // It was right, and nobody has told it anything else: whoever changes it may have read it.
  const auto known = aimed_at_.find(which.name);
  const bool was_changed = known != aimed_at_.end() && known->second == target;
  if (known != aimed_at_.end()) aimed_at_.erase(known);
  if (was_changed) {
    need_new_path(which.name + " was changed");
    co_return fail(ErrorCode::conflict, "somebody has changed it (" + *why + "): it is put right with a new path");
  }
  const auto aimed = co_await kube::aim_webhooks(*api_, which, std::move(*live), target);
  if (!aimed) co_return fail(aimed.error());
  spdlog::info("{} now calls by the path in force", which.name);
  co_return Result<void>{};
}

// Another replica that has just started may have replaced the path, and the API server calls by it. Who comes with one
// that is not known waits for a look at the Secret that has begun after he came. One look serves all; and since most
// may be strangers, only so many wait.
asio::awaitable<bool> Replica::knows_path(std::string path) {
  const auto came = steady_now();
  const auto is_known = [&] { return accepts_path(keys_->keys(), path, clock_->now()); };
  if (path_waiters_ >= kPathWaiters) co_return is_known();
  ++path_waiters_;
  while (!is_known() && !stopping_ && path_looked_at_ < came) {
    if (!looking_at_path_ && steady_now() - path_looked_at_ >= kPathLookEvery) {
      co_await look_at_path();
    } else {
      co_await clock_->make_alarm()->wait(kPathLookPause);
    }
  }
  --path_waiters_;
  co_return is_known();
}

asio::awaitable<void> Replica::look_at_path() {
  looking_at_path_ = true;
  const auto begun = steady_now();
  const auto refreshed = co_await keys_->refresh();
  if (refreshed && *refreshed) publish_keys();
  path_looked_at_ = begun;
  looking_at_path_ = false;
}

// Whose call was on its way to a replica that has gone was told the path by the API server's error.
asio::awaitable<void> Replica::keep_peers_watched() {
  bool could_look = true;
  while (!stopping_) {
    const auto looked = co_await look_at_peers();
    if (!looked && could_look) spdlog::warn("looking at the other replicas: {}", looked.error().message());
    could_look = looked.has_value();
    co_await pause(Peers::kLookEvery);
  }
}

kube::LeaseNotes Replica::lease_notes() const {
  kube::LeaseNotes notes{keys_missing_, format_instant(since_), {}};
  for (const auto& [agent, at] : agents_seen_.all())
    notes.agents_seen.emplace_back(agent, at ? format_instant(*at) : "");
  return notes;
}

asio::awaitable<Result<void>> Replica::look_at_peers() {
  const auto renewed =
      co_await kube::renew_lease(*api_, config_.namespace_name, config_.name, clock_->now(), lease_notes());
  if (!renewed) co_return fail(renewed.error().while_doing("renewing this replica's Lease"));
  const auto leases = co_await kube::list_leases(*api_, config_.namespace_name);
  if (!leases) co_return fail(leases.error().while_doing("listing the replicas' Leases"));
  std::vector<SeenPeer> peers;
  for (const auto& lease : *leases) {
    if (lease.replica == config_.name) continue;
    const auto pod = co_await api_->send(kube::get(kube::path_of(kube::kPods, config_.namespace_name, lease.replica)));
    std::optional<std::string> uid;
    if (pod) uid = std::string((*pod)["metadata"]["uid"].text());
    if (!pod && pod.error().code() == ErrorCode::not_found) uid = "";
    peers.push_back({lease.replica, lease.renewed, std::move(uid)});
  }
  for (const auto& name : peers_.saw(peers, steady_now())) {
    need_new_path("replica " + name + " is gone");
    // Whoever is back has made a new one.
    const auto lease = std::ranges::find(*leases, name, &kube::Lease::replica);
    if (lease != leases->end()) (void)co_await kube::remove_lease(*api_, config_.namespace_name, *lease);
  }
  co_return Result<void>{};
}

Result<void> Replica::refresh_client_ca() {
  if (config_.webhook.client_ca_file.empty()) return {};
  auto ca = read_file(config_.webhook.client_ca_file);
  if (!ca) return fail(ca.error());
  if (*ca == client_ca_) return {};
  if (const auto set = tls_->set_client_ca(*ca); !set) return set;
  client_ca_ = std::move(*ca);
  return {};
}

}  // namespace sallyport::serve
