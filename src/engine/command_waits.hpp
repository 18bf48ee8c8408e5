#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "base/instant.hpp"
#include "engine/seams.hpp"

namespace sallyport::engine {

// How long commands have waited: a command is all calls of one agent with one digest, each of which begins within ten
// seconds of the end of the one before. The calls that this replica has held: those of another are not known here, and
// a command that another holds for longer than that begins anew here. Engine's thread; the clock outlives this, and
// this its calls.
class CommandWaits {
 public:
  // One call's part in it.
  class Call {
   public:
    Call(CommandWaits* waits, std::string command, Duration until)
        : waits_(waits), command_(std::move(command)), until_(until) {}
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    Call(Call&& other) noexcept
        : waits_(std::exchange(other.waits_, nullptr)), command_(std::move(other.command_)), until_(other.until_) {}
    ~Call() {
      if (waits_ != nullptr) waits_->leave(command_);
    }

    // Steady time at which the command has waited for as long as it may.
    [[nodiscard]] Duration until() const { return until_; }
    // It has, and its caller is told so: what comes within ten seconds is still that command, and waits no more.
    void is_over() { waits_->is_over(command_); }
    // It has been decided: the next call is a command of its own.
    void is_decided() { waits_->commands_.erase(command_); }

   private:
    CommandWaits* waits_;
    std::string command_;
    Duration until_;
  };

  explicit CommandWaits(const AlarmClock& clock) : clock_(clock) {}

  [[nodiscard]] Call enter(const std::string& agent, const std::string& digest, Duration wait_for);
  [[nodiscard]] std::size_t count() const { return commands_.size(); }

 private:
  struct Command {
    Duration begun{};
    Duration ended{};  // of the call that ended last, or of the whole wait
    bool over = false;
    std::size_t calls = 0;
  };
  void forget_old(Duration now);
  void is_over(const std::string& command);
  void leave(const std::string& command);

  const AlarmClock& clock_;
  std::map<std::string, Command> commands_;
};

}  // namespace sallyport::engine
