#include "policy/facts.hpp"

#include <algorithm>
#include <utility>

#include "policy/labels.hpp"
#include "policy/presets.hpp"

namespace sallyport::policy {
namespace {

using model::Operation;
using model::Preset;

// A line of the log has room for much more, but most lines need next to nothing of this.
constexpr std::size_t kMostGroups = 256;
constexpr std::size_t kMostLabels = 64;
constexpr std::size_t kMostPlaces = 256;
constexpr std::size_t kMostBytes = 16u << 10;  // of each list

// Takes from a list what fits.
class Room {
 public:
  explicit Room(std::size_t most) : left_(most) {}

  bool takes(std::size_t bytes) {
    if (left_ == 0 || bytes > bytes_left_) return false;
    --left_;
    bytes_left_ -= bytes;
    return true;
  }

 private:
  std::size_t left_;
  std::size_t bytes_left_ = kMostBytes;
};

std::vector<std::string> kept(const std::vector<std::string>& texts, bool& cut) {
  Room room(kMostGroups);
  std::vector<std::string> kept;
  for (const auto& text : texts) {
    if (room.takes(text.size())) {
      kept.push_back(text);
    } else {
      cut = true;
    }
  }
  return kept;
}

Labels kept(const Labels& labels, bool& cut) {
  Room room(kMostLabels);
  Labels kept;
  for (const auto& label : labels) {
    if (room.takes(label.key.size() + label.value.size())) {
      kept.push_back(label);
    } else {
      cut = true;
    }
  }
  return kept;
}

// Only what can be read again: a text that is a path, or none, which is the object as a whole.
void add_places(const model::AdmissionRequest& request, Facts& facts) {
  Room room(kMostPlaces);
  auto changed = changed_places(request);
  facts.moved = changed.moved > 0;
  for (auto& place : changed.places) {
    const auto text = to_string(place);
    if ((text.empty() || json::PathPattern::parse(text)) && room.takes(text.size())) {
      facts.changed.push_back(std::move(place));
    } else {
      facts.changed_cut = true;
    }
  }
}

constexpr Preset kPresets[] = {Preset::pod_promotion,  Preset::rbac_change,   Preset::secret_access,
                               Preset::exec,           Preset::token_request, Preset::deletion,
                               Preset::infrastructure, Preset::traffic,       Preset::everything};

json::Value write_labels(const Labels& labels) {
  auto object = json::Value::object();
  for (const auto& label : labels) object.set(label.key, label.value);
  return object;
}

Labels read_labels(const json::Value& object) {
  Labels labels;
  for (const auto& [key, value] : object.members()) labels.push_back({key, std::string(value.text())});
  return labels;
}

json::Value write_texts(const std::vector<std::string>& texts) {
  auto list = json::Value::array();
  for (const auto& text : texts) list.push(text);
  return list;
}

model::Effects read_effects(const json::Value& list) {
  model::Effects effects;
  for (const auto& word : list.items()) {
    if (const auto effect = model::parse_effect(word.text())) effects |= {*effect};
  }
  return effects;
}

// What such a write, or another of its object, may have by this table and not by the shipped one.
model::Effects added_to(const model::AdmissionRequest& request, const effects::Table& table) {
  const model::Agent nobody;
  const auto all = [&](const effects::Table& by) {
    const auto call = with_effects({request, nobody}, by);
    return call.effects | call.effects_of_object;
  };
  model::Effects added;
  const auto shipped = all(effects::Table::shipped());
  for (const auto effect : all(table).list()) {
    if (!shipped.has(effect)) added |= {effect};
  }
  return added;
}

// What to make of what the log does not tell.
enum class Doubt { as_recorded, no, yes };

// What the log records of a write's content.
class OfRecord : public Content {
 public:
  OfRecord(const Facts& facts, Doubt doubt) : facts_(facts), doubt_(doubt) {}

  bool has_effects_of(const CompiledAction& action) override {
    if (facts_.effects) return action.effects.has_any_of(*facts_.effects);
    // It was recorded before there were effects, with what the presets took then; since then they have only grown.
    if (action.preset && std::ranges::find(facts_.presets, *action.preset) != facts_.presets.end()) return true;
    const bool was_preset = action.preset && *action.preset != Preset::traffic;  // which is newer than that
    return (doubt_ == Doubt::as_recorded && was_preset) ? false : in_doubt();
  }

  bool touches(const std::vector<json::PathPattern>& fields) override {
    if (std::ranges::any_of(facts_.changed, [&](const auto& path) { return touches_any(fields, path); })) return true;
    return facts_.changed_cut && in_doubt();
  }

  [[nodiscard]] bool unsure() const { return unsure_; }

 private:
  bool in_doubt() {
    unsure_ = true;
    return doubt_ == Doubt::yes;
  }

  const Facts& facts_;
  Doubt doubt_;
  bool unsure_ = false;
};

Match match_with(const PolicyIndex& policies, model::Envelope envelope, const std::string& agent, const Facts& facts,
                 Content& content) {
  envelope.resource.version = facts.version;
  envelope.user.groups = facts.groups;
  const model::Agent caller{.name = agent};
  const model::SelectorFields selector_fields{
      .labels = facts.labels, .old_labels = facts.old_labels, .service_accounts = {}};
  std::optional<NamespaceFacts> ns;
  if (facts.namespace_labels) ns = {.name = envelope.namespace_name, .uid = "", .labels = *facts.namespace_labels};
  const NamespaceFacts* const known = ns ? &*ns : nullptr;
  // What the installation has added at that time is in the record alone.
  auto call = with_effects({envelope, caller, known, &selector_fields}, policies.effects());
  const auto added = facts.may_have | facts.effects.value_or(model::Effects{});
  call.effects |= added;
  call.effects_of_object |= added;
  return match(policies.candidates(call), call, content);
}

}  // namespace

Facts facts_of(const effects::ReadOnce& write, const NamespaceFacts* ns) {
  const auto& request = write.request();
  Facts facts;
  facts.version = request.resource.version;
  facts.groups = kept(request.user.groups, facts.groups_cut);
  const auto selector_fields = selector_fields_of(request);
  facts.labels = kept(selector_fields.labels, facts.labels_cut);
  facts.old_labels = kept(selector_fields.old_labels, facts.labels_cut);
  if (ns != nullptr) facts.namespace_labels = kept(ns->labels, facts.labels_cut);
  facts.effects = write.effects();
  facts.may_have = added_to(request, write.table());
  std::ranges::copy_if(kPresets, std::back_inserter(facts.presets),
                       [&](Preset preset) { return takes(preset, request, *facts.effects); });
  if (request.operation == Operation::update) add_places(request, facts);
  return facts;
}

json::Value write_facts(const Facts& facts) {
  auto written = json::Value::object();
  written.set("version", facts.version);
  if (!facts.groups.empty()) written.set("groups", write_texts(facts.groups));
  if (!facts.labels.empty()) written.set("labels", write_labels(facts.labels));
  if (!facts.old_labels.empty()) written.set("old_labels", write_labels(facts.old_labels));
  if (facts.namespace_labels) written.set("namespace_labels", write_labels(*facts.namespace_labels));
  std::vector<std::string> texts;
  texts.reserve(std::max(facts.presets.size(), facts.changed.size()));
  for (const auto preset : facts.presets) texts.emplace_back(to_string(preset));
  if (!texts.empty()) written.set("presets", write_texts(texts));
  if (facts.effects) written.set("effects", write_texts(model::names_of(*facts.effects)));
  if (!facts.may_have.empty()) written.set("may_have", write_texts(model::names_of(facts.may_have)));
  texts.clear();
  for (const auto& path : facts.changed) texts.push_back(to_string(path));
  if (!texts.empty()) written.set("changed", write_texts(texts));
  if (facts.moved) written.set("moved", true);
  if (facts.groups_cut) written.set("groups_cut", true);
  if (facts.labels_cut) written.set("labels_cut", true);
  if (facts.changed_cut) written.set("changed_cut", true);
  return written;
}

Facts read_facts(const json::Value& written) {
  Facts facts;
  facts.version = written["version"].text();
  for (const auto& group : written["groups"].items()) facts.groups.emplace_back(group.text());
  facts.labels = read_labels(written["labels"]);
  facts.old_labels = read_labels(written["old_labels"]);
  if (written["namespace_labels"].is_object()) facts.namespace_labels = read_labels(written["namespace_labels"]);
  for (const auto& word : written["presets"].items()) {
    if (const auto preset = model::parse_preset(word.text())) facts.presets.push_back(*preset);
  }
  if (written["effects"].is_array()) facts.effects = read_effects(written["effects"]);
  facts.may_have = read_effects(written["may_have"]);
  facts.moved = written["moved"].truth();
  facts.groups_cut = written["groups_cut"].truth();
  facts.labels_cut = written["labels_cut"].truth();
  facts.changed_cut = written["changed_cut"].truth();
  for (const auto& text : written["changed"].items()) {
    const auto pattern = json::PathPattern::parse(text.text());
    const auto path = pattern ? pattern->as_path() : std::nullopt;
    if (text.is_string() && text.text().empty()) {
      facts.changed.emplace_back();
    } else if (path) {
      facts.changed.push_back(*path);
    } else {
      facts.changed_cut = true;
    }
  }
  return facts;
}

void add_groups(json::Value& record, const std::vector<std::string>& groups) {
  bool cut = false;
  record.set("groups", write_texts(kept(groups, cut)));
  if (cut) record.set("groups_cut", true);
}

std::optional<Match> match_again(const PolicyIndex& policies, model::Envelope envelope, const std::string& agent,
                                 const Facts& facts) {
  if (facts.groups_cut || facts.labels_cut) return std::nullopt;
  OfRecord content(facts, Doubt::as_recorded);
  auto again = match_with(policies, std::move(envelope), agent, facts, content);
  if (content.unsure()) return std::nullopt;
  return again;
}

std::optional<MatchBounds> match_bounds(const PolicyIndex& policies, const model::Envelope& envelope,
                                        const std::string& agent, const Facts& facts) {
  if (facts.groups_cut || facts.labels_cut) return std::nullopt;
  OfRecord no(facts, Doubt::no), yes(facts, Doubt::yes);
  return MatchBounds{.certain = match_with(policies, envelope, agent, facts, no),
                     .possible = match_with(policies, envelope, agent, facts, yes)};
}

}  // namespace sallyport::policy
