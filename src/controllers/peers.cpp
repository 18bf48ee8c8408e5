#include "controllers/peers.hpp"

#include <algorithm>

namespace sallyport::controllers {

bool Peers::goes(Peer& known, const SeenPeer& seen, Duration now) {
  const bool pod_is_gone = seen.pod && !known.pod.empty() && *seen.pod != known.pod;
  if (seen.pod) known.pod = *seen.pod;
  if (known.renewed != seen.renewed) {
    known.renewed = seen.renewed;
    known.since = now;
    known.is_gone = false;
  }
  if (known.is_gone || (!pod_is_gone && now - known.since < kLeaseLives)) return false;
  known.is_gone = true;
  return true;
}

std::vector<std::string> Peers::saw(const std::vector<SeenPeer>& peers, Duration now) {
  // Where we could not look, perhaps they could not renew either.
  if (looked_ && now - *looked_ > 2 * kLookEvery) {
    for (auto& [name, peer] : peers_) peer.since = now;
  }
  looked_ = now;
  std::vector<std::string> gone;
  for (const auto& seen : peers) {
    const auto known = peers_.try_emplace(seen.name, Peer{seen.renewed, seen.pod.value_or(""), now, false}).first;
    if (goes(known->second, seen, now)) gone.push_back(seen.name);
  }
  std::erase_if(peers_, [&](const auto& known) {
    if (std::ranges::find(peers, known.first, &SeenPeer::name) != peers.end()) return false;
    if (!known.second.is_gone) gone.push_back(known.first);
    return true;
  });
  return gone;
}

}  // namespace sallyport::controllers
