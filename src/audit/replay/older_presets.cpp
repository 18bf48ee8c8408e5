#include "audit/replay/older_presets.hpp"

#include <array>
#include <optional>
#include <utility>

#include "audit/replay/presets_file.hpp"
#include "json/path.hpp"
#include "model/admission.hpp"

namespace sallyport::audit {
namespace {

constexpr std::string_view kVersion = "0.1";
constexpr std::string_view kPod = "@pod";
constexpr std::string_view kContainer = "@container";
constexpr std::array<std::string_view, 3> kPodSpecs = {"spec", "spec.template.spec",
                                                       "spec.jobTemplate.spec.template.spec"};
constexpr std::array<std::string_view, 3> kContainers = {".containers[*]", ".initContainers[*]",
                                                         ".ephemeralContainers[*]"};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  return parts;
}

// "core/pods/exec": of the group without a name, pods/exec.
std::optional<model::ResourceRule> read_rule(std::string_view resource, std::string_view operations) {
  const auto slash = resource.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  model::ResourceRule rule{.api_groups = {std::string(resource.substr(0, slash))},
                           .api_versions = {"*"},
                           .operations = {},
                           .resources = {std::string(resource.substr(slash + 1))}};
  if (rule.api_groups[0] == "core") rule.api_groups[0].clear();
  for (const auto operation : split(operations, ' ')) {
    if (operation != "*" && !model::parse_operation(operation)) return std::nullopt;
    rule.operations.emplace_back(operation);
  }
  return rule;
}

// All that a place stands for: "@container.name" is in three kinds of lists, in three places of an object.
std::vector<std::string> texts_of(std::string_view place) {
  if (!place.starts_with(kPod) && !place.starts_with(kContainer)) return {std::string(place)};
  std::vector<std::string> texts;
  for (const auto spec : kPodSpecs) {
    if (place.starts_with(kPod)) {
      texts.push_back(std::string(spec).append(place.substr(kPod.size())));
      continue;
    }
    for (const auto list : kContainers) {
      texts.push_back(std::string(spec).append(list).append(place.substr(kContainer.size())));
    }
  }
  return texts;
}

}  // namespace

Result<OlderPresets::Row> OlderPresets::read_row(std::string_view line) {
  const auto bad = [&](const char* what) { return fail(ErrorCode::bad_input, what + (": " + std::string(line))); };
  const auto columns = split(line, '\t');
  if (columns.size() != 4) return bad("has not four columns");
  auto name = columns[0];
  Row row{.preset = {}, .in_doubt = name.ends_with('?'), .action = {}};
  if (row.in_doubt) name.remove_suffix(1);
  const auto preset = model::parse_preset(name);
  if (!preset) return bad("names no preset");
  row.preset = *preset;
  for (const auto resource : split(columns[2], ' ')) {
    auto rule = read_rule(resource, columns[1]);
    if (!rule) return bad("names no resource or operation");
    row.action.rules.push_back(std::move(*rule));
  }
  if (columns[3] == "*") return row;
  for (const auto place : split(columns[3], ' ')) {
    for (const auto& text : texts_of(place)) {
      auto pattern = json::PathPattern::parse(text);
      if (!pattern) return bad("names no place");
      row.action.changed_fields.push_back(std::move(*pattern));
    }
  }
  return row;
}

Result<OlderPresets> OlderPresets::read(std::string_view text) {
  OlderPresets presets;
  for (const auto line : split(text, '\n')) {
    if (line.empty() || line.starts_with('#')) continue;
    auto row = read_row(line);
    if (!row) return fail(row.error());
    presets.rows_.push_back(std::move(*row));
  }
  return presets;
}

const OlderPresets* OlderPresets::of(std::string_view version) {
  if (version != kVersion) return nullptr;
  static const OlderPresets kPresets = read(kPresetsOf01).value();
  return &kPresets;
}

std::string OlderPresets::known_versions() {
  return std::string(kVersion);
}

std::vector<model::Policy> OlderPresets::applied_to(std::vector<model::Policy> policies, Doubt doubt) const {
  for (auto& policy : policies) {
    std::vector<model::PolicyAction> actions;
    for (auto& action : policy.spec.actions) {
      if (!action.rules.empty()) {
        actions.push_back(std::move(action));
        continue;
      }
      for (const auto& row : rows_) {
        if (row.preset != action.preset || (row.in_doubt && doubt == Doubt::no)) continue;
        actions.push_back(row.action);
        actions.back().object_selector = action.object_selector;
      }
    }
    policy.spec.actions = std::move(actions);
  }
  return policies;
}

}  // namespace sallyport::audit
