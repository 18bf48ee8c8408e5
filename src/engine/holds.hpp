#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/histogram.hpp"

namespace sallyport::engine {

// How many calls wait at once, in all and of each agent: below the seats that the API server gives agents, so that
// waiting calls starve nobody. Engine's thread.
class Holds {
 public:
  // The clock outlives this.
  Holds(const Clock& clock, std::size_t per_agent, std::size_t in_all)
      : clock_(clock), per_agent_(per_agent), in_all_(in_all) {}

  // A place for one waiting call, given back when it goes. Empty (false) if there was none.
  class Place {
   public:
    Place() = default;
    Place(Holds* holds, std::string agent) : holds_(holds), agent_(std::move(agent)), since_(holds->clock_.steady()) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    Place(Place&& other) noexcept
        : holds_(std::exchange(other.holds_, nullptr)), agent_(std::move(other.agent_)), since_(other.since_) {}
    ~Place() {
      if (holds_ != nullptr) holds_->leave(agent_, since_);
    }
    explicit operator bool() const { return holds_ != nullptr; }

   private:
    Holds* holds_ = nullptr;
    std::string agent_;
    Duration since_{};  // steady time
  };

  [[nodiscard]] Place enter(const std::string& agent) {
    auto& of_agent = by_agent_[agent];
    if (of_agent >= per_agent_ || count_ >= in_all_) return {};
    ++of_agent;
    ++count_;
    return {this, agent};
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  // How long calls have waited.
  [[nodiscard]] const Histogram& took() const { return took_; }

 private:
  void leave(const std::string& agent, Duration since) {
    took_.observe(clock_.steady() - since);
    --count_;
    if (--by_agent_[agent] == 0) by_agent_.erase(agent);
  }

  const Clock& clock_;
  Histogram took_{Histogram::kHolds};
  std::size_t per_agent_;
  std::size_t in_all_;
  std::size_t count_ = 0;
  std::map<std::string, std::size_t> by_agent_;
};

}  // namespace sallyport::engine
