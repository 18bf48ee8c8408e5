#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "json/value.hpp"
#include "model/effect.hpp"

// What an installation says of kinds beside the shipped table: the chart's `effects`. It adds, and takes nothing away.
namespace sallyport::effects {

struct AddedEffects {
  struct Field {
    std::string path;  // "spec.steps.run": the form of effects.table
    model::Effects effects;
    friend bool operator==(const Field&, const Field&) = default;
  };
  std::string group;     // "" for core
  std::string resource;  // "widgets", or with a part, "widgets/status"
  std::vector<Field> fields;
  friend bool operator==(const AddedEffects&, const AddedEffects&) = default;
};

// [{group, resource, fields: {path: [Effect]}}]. An Error names the entry and what is allowed there. Whether
// Kubernetes' own kinds have such fields, Table::with says.
[[nodiscard]] Result<std::vector<AddedEffects>> read_added(const json::Value& list);
[[nodiscard]] json::Value write_added(const std::vector<AddedEffects>& added);

// One step of the paths that have been added for one kind. What is said of a place holds for all that is in it.
struct AddedNode {
  std::map<std::string, std::unique_ptr<AddedNode>, std::less<>> inner;
  model::Effects here;
  model::Effects all;  // that any place here or deeper is given
};

void add_path(AddedNode& root, const std::vector<std::string>& steps, model::Effects effects);

// Those steps that are at `step` of these, "*" among them: each counts.
[[nodiscard]] std::vector<const AddedNode*> step_inside(const std::vector<const AddedNode*>& nodes,
                                                        std::string_view step);

}  // namespace sallyport::effects
