#include "policy/presets.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "effects/table.hpp"

namespace sallyport::policy {
namespace {

using model::Preset;

// All versions and parts of "group/resource".
model::ResourceRule every_write_of(const std::string& resource) {
  const auto slash = resource.find('/');
  const auto group = resource.substr(0, slash);
  return {.api_groups = {group == "core" ? "" : group},
          .api_versions = {"*"},
          .operations = {"CREATE", "UPDATE", "DELETE"},
          .resources = {resource.substr(slash + 1) + "/*"}};
}

model::ResourceRule everything() {
  return {.api_groups = {"*"}, .api_versions = {"*"}, .operations = {"*"}, .resources = {"*/*"}};
}

PresetMeaning read_meaning(Preset preset) {
  PresetMeaning meaning;
  if (preset == Preset::everything) {
    meaning.rules.push_back(everything());
  } else if (const auto* found = effects::Table::shipped().find_preset(to_string(preset))) {
    meaning.effects = found->effects;
    for (const auto& resource : found->resources) meaning.rules.push_back(every_write_of(resource));
  }
  return meaning;
}

}  // namespace

const PresetMeaning& meaning_of(Preset preset) {
  static const auto kMeanings = [] {
    std::array<PresetMeaning, static_cast<std::size_t>(Preset::everything) + 1> meanings;
    for (std::size_t i = 0; i < meanings.size(); ++i) meanings[i] = read_meaning(static_cast<Preset>(i));
    return meanings;
  }();
  return kMeanings.at(static_cast<std::size_t>(preset));
}

bool takes(Preset preset, const model::Envelope& envelope, model::Effects effects) {
  const auto& meaning = meaning_of(preset);
  return meaning.effects.has_any_of(effects) || std::ranges::any_of(meaning.rules, [&](const auto& rule) {
           return covers(rule, envelope.operation) && covers(rule, envelope.resource);
         });
}

}  // namespace sallyport::policy
