#pragma once

#include <memory>
#include <vector>

#include "seams/world.hpp"

namespace sallyport::seams {

// Whether a process still runs. What it awaits of the world ends only if it does.
class Life {
 public:
  explicit Life(engine::AlarmClock& clock) : clock_(clock) {}

  void end() { state_ = State::dead; }
  // Whatever hangs in a dead process ends with an error, so that its frames can go. Nothing of it reaches the world.
  void bury();
  [[nodiscard]] bool runs() const { return state_ == State::alive; }
  // Comes back at once while it lives, and not before it is buried once it is dead; then with an error.
  engine::Awaitable<void> go_on();

 private:
  enum class State { alive, dead, buried };
  engine::AlarmClock& clock_;
  State state_ = State::alive;
  std::vector<std::shared_ptr<engine::Alarm>> hanging_;
};

// A replica's process over the world's cluster and a log of its own, which can die at any moment as by SIGKILL: what
// was on its way to the cluster may land yet, what the log did not have on disk is lost, and no answer is given. Its
// disk is there for the process that starts after it.
class Process {
 public:
  Process(World& world, MemoryJournal& disk);
  ~Process();

  // Null until it has closed what the process before it left open.
  [[nodiscard]] engine::Engine* engine() { return ready_ && life_.runs() ? engine_.get() : nullptr; }
  [[nodiscard]] std::size_t closed_intents() const { return closed_intents_; }
  void kill();

 private:
  boost::asio::awaitable<void> start();
  engine::Awaitable<std::size_t> close_open_intents();

  World& world_;
  MemoryJournal& disk_;
  Life life_;
  std::unique_ptr<engine::Cluster> cluster_;
  std::unique_ptr<engine::Journal> journal_;
  std::unique_ptr<engine::Engine> engine_;
  bool ready_ = false;
  std::size_t closed_intents_ = 0;
};

}  // namespace sallyport::seams
