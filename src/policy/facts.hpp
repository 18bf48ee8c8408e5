#pragma once

#include <optional>
#include <string>
#include <vector>

#include "effects/write.hpp"
#include "json/path.hpp"
#include "json/value.hpp"
#include "model/admission.hpp"
#include "model/identity.hpp"
#include "model/policy.hpp"
#include "policy/call.hpp"
#include "policy/match.hpp"
#include "policy/policy_index.hpp"

// What matching has looked at, small enough for the log: with it the same match can be made again, by the policies of
// that time or by others. Names and places alone, but for labels and groups: nothing that an object holds.
namespace sallyport::policy {

struct Facts {
  std::string version;              // of the API, in which changedFields were written
  std::vector<std::string> groups;  // of the agent
  Labels labels, old_labels;
  std::optional<Labels> namespace_labels;  // nothing: the target has no namespace
  std::vector<model::Preset> presets;      // that the write is a matter of
  std::optional<model::Effects> effects;   // of the write; nothing: an earlier version has recorded it
  // What writes of this object may have besides, as far as the installation adds to the shipped table: by this a write
  // that changes labels is a matter of whoever asks about such effects.
  model::Effects may_have;
  std::vector<json::Path> changed;  // places, of an update
  // Some of these keep their values: the write decides what somebody's next apply makes of them.
  bool moved = false;
  // There was more than is kept.
  bool groups_cut = false, labels_cut = false, changed_cut = false;
};

[[nodiscard]] Facts facts_of(const effects::ReadOnce& write, const NamespaceFacts* ns);

// As the log has them (docs/log-format.md): what is empty is left out.
[[nodiscard]] json::Value write_facts(const Facts& facts);
[[nodiscard]] Facts read_facts(const json::Value& written);

// Groups as `groups` of a record, and whether they were cut as `groups_cut`.
void add_groups(json::Value& record, const std::vector<std::string>& groups);

// The match that was made of the call that these facts are of. `envelope`: what the log records of the call beside
// them. Nothing: the answer hangs on something that was cut.
[[nodiscard]] std::optional<Match> match_again(const PolicyIndex& policies, model::Envelope envelope,
                                               const std::string& agent, const Facts& facts);

// What presets and effects mean to this version: the policies that the call surely falls under, and those that it may
// fall under. They differ where the facts were cut, or are of a version before effects.
struct MatchBounds {
  Match certain, possible;
};
// Nothing: facts were cut by which it is told whom a policy concerns.
[[nodiscard]] std::optional<MatchBounds> match_bounds(const PolicyIndex& policies, const model::Envelope& envelope,
                                                      const std::string& agent, const Facts& facts);

}  // namespace sallyport::policy
