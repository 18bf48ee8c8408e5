#include "controllers/peer_watcher.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <spdlog/spdlog.h>

#include "kube/paths.hpp"

namespace sallyport::controllers {

namespace asio = boost::asio;

asio::awaitable<void> PeerWatcher::run() {
  bool could_look = true;
  while (!runner_.stopping()) {
    const auto looked = co_await look();
    if (!looked && could_look) spdlog::warn("looking at the other replicas: {}", looked.error().message());
    could_look = looked.has_value();
    co_await runner_.pause(Peers::kLookEvery);
  }
}

asio::awaitable<Result<void>> PeerWatcher::look() {
  const auto renewed = co_await kube::renew_lease(api_, namespace_, replica_, runner_.clock().now(), notes_());
  if (!renewed) co_return fail(renewed.error().while_doing("renewing this replica's Lease"));
  const auto leases = co_await kube::list_leases(api_, namespace_);
  if (!leases) co_return fail(leases.error().while_doing("listing the replicas' Leases"));
  std::vector<SeenPeer> peers;
  std::vector<model::Forms> read_by_others;
  for (const auto& lease : *leases) {
    if (lease.replica == replica_) continue;
    read_by_others.push_back(lease.notes.forms);
    const auto pod = co_await api_.send(kube::get(kube::path_of(kube::kPods, namespace_, lease.replica)));
    std::optional<std::string> uid;
    if (pod) uid = std::string((*pod)["metadata"]["uid"].text());
    if (!pod && pod.error().code() == ErrorCode::not_found) uid = "";
    peers.push_back({lease.replica, lease.renewed, std::move(uid)});
  }
  others_read_(read_by_others);
  for (const auto& name : peers_.saw(peers, runner_.clock().steady())) {
    gone_(name);
    // Whoever is back has made a new one.
    const auto lease = std::ranges::find(*leases, name, &kube::Lease::replica);
    if (lease != leases->end()) (void)co_await kube::remove_lease(api_, namespace_, *lease);
  }
  co_return Result<void>{};
}

}  // namespace sallyport::controllers
