#include "action/phrases.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "action/weight.hpp"
#include "json/path.hpp"
#include "model/effect.hpp"

namespace sallyport::action {
namespace {

bool is_builtin_group(std::string_view group) {
  return group.find('.') == std::string_view::npos || group.ends_with(".k8s.io");
}

bool is_plain_argument(std::string_view argument) {
  return !argument.empty() && std::ranges::all_of(argument, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_@%+=:,./-").contains(c);
  });
}

std::string in_quotes(std::string_view argument) {
  if (is_plain_argument(argument)) return std::string(argument);
  std::string text = "'";
  for (const char c : argument) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

// What holds the fields of an object or of a container, and says nothing of any of them.
constexpr auto kWraps = std::to_array<std::string_view>({
    "annotations",
    "containers",
    "data",
    "ephemeralContainers",
    "initContainers",
    "jobTemplate",
    "labels",
    "metadata",
    "securityContext",
    "spec",
    "stringData",
    "template",
});

struct Rule {
  std::string_view name;
  std::string_view words;
  std::string_view sentence;
};
constexpr auto kRules = std::to_array<Rule>({
    {"token", "token", "it makes a token, by which somebody acts as an account that is no agent's"},
    {"token-secret", "token Secret", "the Secret logs somebody in"},
    {"account", "account", "it runs as an account that is no agent's"},
    {"certificate", "certificate", "by a certificate somebody else's name can be had"},
    {"connects", "pod of another account", "it connects to a pod that runs as an account that is no agent's"},
    {"proxy", "proxy", "whatever is sent through a proxy is seen by nobody"},
    {"rights", "rights", "it gives rights to somebody who is not an agent, or rights that bypass this gate"},
    {"node-reach", "node reach", "it reaches into a node, which holds what other pods hold"},
    {"serving", "API served", "it changes what the API server serves"},
    {"policies", "policies", "policies go with the namespace"},
    {"unclassified", "newer than Sallyport",
     "it has a field or kind that is newer than this Sallyport, and may do anything"},
});

const Rule* find_rule(std::string_view name) {
  const auto found = std::ranges::find(kRules, name, &Rule::name);
  return found == kRules.end() ? nullptr : &*found;
}

// The last key of a path's text, where that cannot be read.
std::string_view last_key(std::string_view path) {
  if (path.ends_with("']")) {
    const auto open = path.rfind("['");
    if (open != std::string_view::npos) return path.substr(open + 2, path.size() - open - 4);
  }
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

std::vector<std::string> keys_of(std::string_view path) {
  const auto pattern = json::PathPattern::parse(path);
  const auto place = pattern ? pattern->as_path() : std::nullopt;
  std::vector<std::string> keys;
  if (!place) return keys;
  for (const auto& step : place->steps()) {
    if (const auto* key = std::get_if<std::string>(&step)) keys.push_back(*key);
  }
  return keys;
}

}  // namespace

std::string place_words(std::string_view path) {
  const auto keys = keys_of(path);
  if (keys.empty()) return std::string(last_key(path));
  const auto& last = keys.back();
  if (last == "serviceAccountName" || last == "serviceAccount") return "account";
  if (keys.size() == 1 || std::ranges::find(kWraps, keys[keys.size() - 2]) != kWraps.end()) return last;
  return keys[keys.size() - 2] + "." + last;
}

std::vector<std::string> effect_words(const std::vector<std::string>& effects) {
  const auto known = model::effects_named(effects);
  if (known == model::Effects::all()) return {std::string(words_of(Rank::own))};
  auto ordered = known.list();
  std::ranges::sort(ordered, {}, [](model::Effect effect) { return std::pair(rank_of({effect}), effect); });
  std::vector<std::string> words;
  words.reserve(effects.size());
  for (const auto effect : ordered) words.emplace_back(words_of(effect));
  std::ranges::copy_if(effects, std::back_inserter(words), [](const auto& name) { return !model::parse_effect(name); });
  return words;
}

std::string guard_words(std::string_view rule) {
  const auto* known = find_rule(rule);
  return std::string(known == nullptr ? rule : known->words);
}

std::string_view guard_sentence(std::string_view rule) {
  const auto* known = find_rule(rule);
  return known == nullptr ? std::string_view() : known->sentence;
}

std::string guarded_words(const std::vector<std::string>& rules) {
  std::string words;
  for (const auto& rule : rules) words += (words.empty() ? "guarded: " : ", ") + guard_words(rule);
  return words;
}

std::string resource_words(const model::Resource& resource) {
  return is_builtin_group(resource.group) ? resource.resource : resource.resource + '.' + resource.group;
}

std::string command_words(const model::Connect& connect) {
  std::string command;
  for (const auto& argument : connect.command) command += (command.empty() ? "" : " ") + in_quotes(argument);
  return command;
}

}  // namespace sallyport::action
