#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "model/effect.hpp"

namespace sallyport::effects {

// What of a write must be known before it has an effect: the judges that the head of effects.table names.
enum class Judge : std::uint8_t {
  removed,
  to_zero,
  tightened,
  finalizer_removed,
  owner_added,
  no_execute,
  holds_secret,
  mounts_secret,
  token_secret,
  system_namespace,
  speaks,
};
inline constexpr std::size_t kJudges = 11;

// What stands behind a place, or behind an operation.
struct Line {
  model::Effects effects;
  std::vector<std::pair<model::Effect, Judge>> judged;
  bool moved = false;                // what the places have whose fate in somebody's next apply the write decides
  bool open = false;                 // what is deeper has the same
  std::vector<std::string> neutral;  // values that do nothing where an object is made
};

// "RunsCode,Deletes?removed"; "-" is none.
[[nodiscard]] Result<Line> read_line(std::string_view effects);

// spec.template -> spec, template; a['b.c'] -> a, b.c; "." is no step.
[[nodiscard]] Result<std::vector<std::string>> read_steps(std::string_view path);

[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace sallyport::effects
