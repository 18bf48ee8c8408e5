#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/policy.hpp"

namespace sallyport::audit {

// What the presets of an earlier version took, as rules that a policy could have (presets_0.1.tsv).
class OlderPresets {
 public:
  // Null: none of that version are known.
  [[nodiscard]] static const OlderPresets* of(std::string_view version);
  // A text in the form of presets_0.1.tsv. An Error names the line.
  [[nodiscard]] static Result<OlderPresets> read(std::string_view text);
  // "0.1"
  [[nodiscard]] static std::string known_versions();

  // Where a log does not hold what decided whether a preset took a write: no, or yes.
  enum class Doubt : std::uint8_t { no, yes };
  // The policies as that version would have asked by them: rules in the place of each preset. It knew no effects, and
  // not every preset of today: by these it asked for nothing.
  [[nodiscard]] std::vector<model::Policy> applied_to(std::vector<model::Policy> policies, Doubt doubt) const;

 private:
  struct Row {
    model::Preset preset;
    bool in_doubt = false;
    model::PolicyAction action;
  };
  [[nodiscard]] static Result<Row> read_row(std::string_view line);

  std::vector<Row> rows_;
};

}  // namespace sallyport::audit
