#include "effects/table.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "effects/pod_carrier.hpp"
#include "effects/shipped.hpp"

namespace sallyport::effects {

using model::Effects;
using model::Operation;
using model::Resource;

namespace {

constexpr std::string_view kOurGroup = "sallyport.dev";

std::string group_of(const Resource& resource) {
  return resource.group.empty() ? "core" : resource.group;
}

std::string object_of(const Resource& resource) {
  return group_of(resource) + "/" + resource.resource;
}

std::string name_of(const Resource& resource) {
  return resource.subresource.empty() ? object_of(resource) : object_of(resource) + "/" + resource.subresource;
}

Effects all_of(const Node& node) {
  Effects all;
  if (node.line) all |= with_judged(*node.line);
  for (const auto& [step, inner] : node.inner) all |= all_of(*inner);
  if (node.mount != nullptr) all |= all_of(*node.mount) | node.added;
  return all;
}

void note_all(Node& node) {
  node.all = all_of(node);
  for (auto& [step, inner] : node.inner) note_all(*inner);
}

std::string_view word_of(Table::Does does) {
  switch (does) {
    case Table::Does::create:
      return "!create";
    case Table::Does::update:
      return "!update";
    case Table::Does::same:
      return "!same";
    case Table::Does::del:
      return "!delete";
    case Table::Does::connect:
      return "!connect";
  }
  std::abort();
}

bool is_write(Table::Does does) {
  return does == Table::Does::create || does == Table::Does::update || does == Table::Does::del;
}

bool is_update(Table::Does does) {
  return does == Table::Does::update || does == Table::Does::same;
}

std::string_view without_remark(std::string_view line) {
  for (std::size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0 || line[at - 1] == ' ') return line.substr(0, at);
  }
  return line;
}

}  // namespace

Table::Table() = default;
Table::~Table() = default;
Table::Table(Table&&) noexcept = default;

Result<Table> Table::read(std::string_view reviewed, std::string_view custom) {
  Table table;
  for (const auto& [text, is_custom] : {std::pair(reviewed, false), std::pair(custom, true)}) {
    if (const auto added = table.add_lines(text, is_custom); !added) return fail(added.error());
  }
  if (const auto found = table.find_mounts(); !found) return fail(found.error());
  table.find_names();
  return table;
}

const Table& Table::shipped() {
  // A text that cannot be read is a mistake in this build, which its tests find.
  static const Table table = Table::read(kReviewed, kCustom).value();
  return table;
}

SharedTable shipped_table() {
  return {SharedTable(), &Table::shipped()};
}

Result<Table> Table::with(const std::vector<AddedEffects>& added) {
  auto table = read(kReviewed, kCustom);
  for (std::size_t i = 0; table && i < added.size(); ++i) {
    if (const auto done = table->add(added[i]); !done) {
      return fail(done.error().while_doing("effects[" + std::to_string(i) + "]"));
    }
  }
  return table;
}

Result<void> Table::add(const AddedEffects& added) {
  const auto slash = std::min(added.resource.find('/'), added.resource.size());
  const Resource resource{.group = added.group == "core" ? "" : added.group,
                          .version = "",
                          .resource = added.resource.substr(0, slash),
                          .subresource = added.resource.substr(std::min(slash + 1, added.resource.size()))};
  const auto name = name_of(resource);
  if (resource.group == kOurGroup)
    return fail(ErrorCode::bad_input, name + " is Sallyport's own, which the guard keeps");
  if (is_virtual(resource)) return fail(ErrorCode::bad_input, name + " stores nothing, so a write of it has no effect");
  if (is_built_in(resource) && !knows(resource)) {
    return fail(ErrorCode::bad_input, "Kubernetes has no " + name + " that this Sallyport knows");
  }
  const auto root = root_of(resource);
  auto& node = added_[name];
  for (const auto& field : added.fields) {
    const auto steps = read_steps(field.path);
    if (!steps) return fail(steps.error());
    auto place = root;
    for (const auto& step : *steps) place = place.inside(step);
    if (is_built_in(resource) && !place.told() && !place.goes_deeper()) {
      return fail(ErrorCode::bad_input, name + " has no field " + field.path + " that this Sallyport knows");
    }
    add_path(node, *steps, field.effects);
  }
  return {};
}

const AddedNode* Table::find_added(const std::string& name) const {
  const auto found = added_.find(name);
  return found == added_.end() ? nullptr : &found->second;
}

Result<void> Table::add_lines(std::string_view text, bool custom) {
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    ++number;
    const auto line = without_remark(text.substr(0, end));
    if (const auto added = add_line(line, custom); !added) {
      return fail(
          added.error().while_doing((custom ? "effects.custom:" : "effects.reviewed:") + std::to_string(number)));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

Result<void> Table::add_line(std::string_view text, bool custom) {
  auto words = split(text, ' ');
  if (words.empty() || words[0] == "project") return {};
  if (words[0] == "preset") return add_preset(words);
  const std::string table(words[0]);
  if (!custom && table.contains('/') && !table.starts_with('*')) groups_.emplace(table.substr(0, table.find('/')));
  if (words.size() > 1 && words[1] == "!virtual") {
    virtual_.insert(table);
    return {};
  }
  if (words.size() < 3) return fail(ErrorCode::bad_input, "it has fewer than three columns");
  if (words[1] == "!guard") return add_guarded(words);
  if (words[1].starts_with('!')) {
    const auto line = read_line(words[2]);
    if (!line) return fail(line.error());
    operations_[table][std::string(words[1])] |= line->effects;
    return {};
  }
  const auto steps = read_steps(words[1]);
  if (!steps) return fail(steps.error());
  auto& root = roots_[table];
  if (!root) root = std::make_unique<Node>();
  auto* node = root.get();
  for (const auto& step : *steps) {
    auto& inner = node->inner[step];
    if (!inner) inner = std::make_unique<Node>();
    node = inner.get();
  }
  if (words[2].starts_with('@')) {
    const auto plus = std::min(words[2].find('+'), words[2].size());
    node->sub_table = words[2].substr(0, plus);
    if (plus == words[2].size()) return {};
    const auto added = read_line(words[2].substr(plus + 1));
    if (!added) return fail(added.error());
    node->added = added->effects;
    return {};
  }
  auto line = read_line(words[2]);
  if (!line) return fail(line.error());
  line->open = custom;
  for (const auto word : words) {
    if (word == "open") line->open = true;
    if (!word.starts_with("neutral=")) continue;
    for (const auto value : split(word.substr(8), ',')) line->neutral.emplace_back(value);
  }
  node->line = std::move(*line);
  return {};
}

// "group/resource !guard judge,judge", or with a part behind the resource.
Result<void> Table::add_guarded(const std::vector<std::string_view>& words) {
  const auto names = split(words[0], '/');
  if (names.size() < 2) return fail(ErrorCode::bad_input, "the guard is asked about a resource");
  Guarded guarded{.group = std::string(names[0] == "core" ? "" : names[0]),
                  .resource = std::string(names[1]),
                  .part = std::string(names.size() > 2 ? names[2] : ""),
                  .judges = {}};
  for (const auto judge : split(words[2], ',')) guarded.judges.emplace_back(judge);
  guarded_.push_back(std::move(guarded));
  return {};
}

Result<void> Table::add_preset(const std::vector<std::string_view>& words) {
  if (words.size() < 3) return fail(ErrorCode::bad_input, "a preset has no effects");
  const auto line = read_line(words[2]);
  if (!line) return fail(line.error());
  presets_[std::string(words[1])] = {line->effects, {words.begin() + 3, words.end()}};
  return {};
}

const Table::Preset* Table::find_preset(std::string_view name) const {
  const auto found = presets_.find(name);
  return found == presets_.end() ? nullptr : &found->second;
}

Result<void> Table::find_mounts() {
  const auto find_in = [this](const auto& self, Node& node) -> Result<void> {
    if (!node.sub_table.empty()) {
      node.mount = find(node.sub_table);
      if (node.mount == nullptr) return fail(ErrorCode::bad_input, node.sub_table + " is no sub-table");
    }
    for (auto& [step, inner] : node.inner) {
      if (auto found = self(self, *inner); !found) return found;
    }
    return {};
  };
  for (auto& [name, root] : roots_) {
    if (auto found = find_in(find_in, *root); !found) return found;
  }
  for (auto& [name, root] : roots_) note_all(*root);
  return {};
}

std::vector<Resource> Table::resources() const {
  std::set<std::string_view> names;
  for (const auto& [name, root] : roots_) names.insert(name);
  for (const auto& [name, added] : added_) names.insert(name);
  std::vector<Resource> resources;
  for (const auto name : names) {
    const auto parts = split(name, '/');
    if (parts.size() < 2 || parts[0] == "*" || parts[1] == "*") continue;
    resources.push_back({.group = std::string(parts[0] == "core" ? "" : parts[0]),
                         .version = "",
                         .resource = std::string(parts[1]),
                         .subresource = std::string(parts.size() > 2 ? parts[2] : "")});
  }
  return resources;
}

void Table::find_names() {
  for (const auto& resource : resources()) {
    if (shows_pod_at_a_glance(resource)) names_of_[name_of(resource)] = &names_.add_root(root_of(resource));
  }
}

const json::Shape& Table::known_names(const Resource& resource) const {
  auto found = names_of_.find(name_of(resource));
  if (found == names_of_.end()) found = names_of_.find(object_of(resource));
  return found == names_of_.end() ? json::Shape::anything() : *found->second;
}

const Node* Table::find(const std::string& table) const {
  const auto found = roots_.find(table);
  return found == roots_.end() ? nullptr : found->second.get();
}

// A part without places of its own is read by those of its object.
Place Table::root_of(const Resource& resource) const {
  Place place;
  const auto every_part = resource.subresource.empty() ? std::string() : "*/" + resource.subresource;
  const auto* own = find(name_of(resource));
  const auto* part = every_part.empty() ? nullptr : find(every_part);
  const bool by_object = own == nullptr && part == nullptr;
  if (by_object) own = find(object_of(resource));
  for (const auto* node : {own, part, find("*")}) place.add(node, {}, 0);
  place.give(find_added(name_of(resource)), is_built_in(resource));
  if (by_object && !resource.subresource.empty()) place.give(find_added(object_of(resource)), is_built_in(resource));
  place.begin();
  return place;
}

bool Table::is_virtual(const Resource& resource) const {
  return virtual_.contains(name_of(resource));
}

bool Table::is_built_in(const Resource& resource) const {
  return resource.group != kOurGroup && groups_.contains(group_of(resource));
}

bool Table::knows(const Resource& resource) const {
  const auto name = name_of(resource);
  return roots_.contains(name) || operations_.contains(name) || virtual_.contains(name);
}

// Every part is updated by the rows of its object, if it has none.
bool Table::is_classified(const Resource& resource, Operation operation) const {
  if (!is_built_in(resource) || knows(resource)) return true;
  return operation == Operation::update && knows({resource.group, resource.version, resource.resource, {}});
}

Effects Table::of_operation(const Resource& resource, Does does) const {
  Effects effects;
  const auto add = [&](const std::string& table) {
    const auto found = operations_.find(table);
    if (found == operations_.end()) return;
    for (const auto& [word, has] : found->second) {
      if (word == word_of(does) || (word == "!write" && is_write(does))) effects |= has;
    }
  };
  add("*");
  add(group_of(resource) + "/*");
  add(name_of(resource));
  if (!resource.subresource.empty() && is_update(does)) add(object_of(resource));
  return effects;
}

Effects Table::of_deletion(Resource resource) const {
  resource.subresource.clear();
  return of_operation(resource, Does::del);
}

Effects Table::possible(const Resource& resource, Operation operation) const {
  if (is_virtual(resource)) return {};
  if (!is_classified(resource, operation)) return Effects::all();
  switch (operation) {
    case Operation::create:
      return of_operation(resource, Does::create) | root_of(resource).here_and_below();
    case Operation::update:
      return of_operation(resource, Does::update) | of_operation(resource, Does::same) | of_deletion(resource) |
             root_of(resource).here_and_below();
    case Operation::del:
      return of_operation(resource, Does::del);
    case Operation::connect:
      return of_operation(resource, Does::connect);
  }
  return Effects::all();
}

}  // namespace sallyport::effects
