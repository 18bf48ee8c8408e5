#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "model/identity.hpp"

namespace sallyport::endpoints {

// When the last call of each agent came to this replica. An agent that acts and is never seen is named wrongly in the
// configuration, and its calls pass without being asked. Any thread.
class AgentsSeen {
 public:
  // `agents` outlives this.
  explicit AgentsSeen(const std::vector<model::Agent>& agents) : agents_(agents), last_(agents.size()) {}

  // `agent` is one of the list.
  void saw(const model::Agent& agent, Instant now) {
    last_[static_cast<std::size_t>(&agent - agents_.data())].store(now.time_since_epoch().count(),
                                                                   std::memory_order_relaxed);
  }

  // By name; nothing: never.
  [[nodiscard]] std::vector<std::pair<std::string, std::optional<Instant>>> all() const {
    std::vector<std::pair<std::string, std::optional<Instant>>> all;
    for (std::size_t i = 0; i < agents_.size(); ++i) {
      const auto at = last_[i].load(std::memory_order_relaxed);
      all.emplace_back(agents_[i].name, at == 0 ? std::nullopt : std::optional(Instant(Duration(at))));
    }
    return all;
  }

 private:
  const std::vector<model::Agent>& agents_;
  std::deque<std::atomic<Duration::rep>> last_;
};

}  // namespace sallyport::endpoints
