#include "engine/command_waits.hpp"

#include "engine/settings.hpp"

namespace sallyport::engine {

CommandWaits::Call CommandWaits::enter(const std::string& agent, const std::string& digest, Duration wait_for) {
  const auto now = clock_.steady();
  forget_old(now);
  auto name = digest + " " + agent;
  const auto [command, is_new] = commands_.try_emplace(name);
  auto& known = command->second;
  const bool is_later = known.over && now - known.ended > kSameCommandWithin;  // though a call of it is still ending
  if (is_new || is_later) known = {.begun = now, .calls = known.calls};
  ++known.calls;
  return {this, std::move(name), known.begun + wait_for};
}

// Few are ever kept: those that wait, and those of the last ten seconds.
void CommandWaits::forget_old(Duration now) {
  std::erase_if(commands_, [now](const auto& command) {
    return command.second.calls == 0 && now - command.second.ended > kSameCommandWithin;
  });
}

void CommandWaits::is_over(const std::string& command) {
  const auto found = commands_.find(command);
  if (found == commands_.end() || found->second.over) return;
  found->second.over = true;
  found->second.ended = clock_.steady();
}

void CommandWaits::leave(const std::string& command) {
  const auto found = commands_.find(command);
  if (found == commands_.end() || found->second.calls == 0) return;  // decided meanwhile
  --found->second.calls;
  if (!found->second.over) found->second.ended = clock_.steady();
}

}  // namespace sallyport::engine
