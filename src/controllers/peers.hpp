#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"

namespace sallyport::controllers {

// Another replica, as one look at the cluster shows it.
struct SeenPeer {
  std::string name;
  std::string renewed;             // of its Lease
  std::optional<std::string> pod;  // its pod's uid, "" where there is none; nothing: that could not be found out
};

// Sees the other replicas go: what was on its way to one of them may have told its caller the path. Values in, values
// out.
class Peers {
 public:
  static constexpr Duration kLeaseLives = std::chrono::seconds(10);
  static constexpr Duration kLookEvery = std::chrono::seconds(2);

  // Takes what a look at `now` (steady time) has found. Those that are gone since the look before, each once: its Lease
  // was not renewed for 10 s or is no more, or its pod is another one or none.
  [[nodiscard]] std::vector<std::string> saw(const std::vector<SeenPeer>& peers, Duration now);

 private:
  struct Peer {
    std::string renewed;
    std::string pod;
    Duration since{};  // when it was last seen to be renewed
    bool is_gone = false;
  };
  [[nodiscard]] static bool goes(Peer& known, const SeenPeer& seen, Duration now);

  std::map<std::string, Peer> peers_;
  std::optional<Duration> looked_;
};

}  // namespace sallyport::controllers
