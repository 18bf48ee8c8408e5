#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "effects/added.hpp"
#include "effects/known_names.hpp"
#include "effects/place.hpp"
#include "json/shape.hpp"
#include "model/admission.hpp"

namespace sallyport::effects {

// What a write to each place of each kind does: effects.reviewed for Kubernetes' own, effects.custom for what others
// define. The head of effects.table tells what a line means. Immutable; any thread.
class Table {
 public:
  // Texts in the form of effects.reviewed and of effects.custom. An Error names the line.
  [[nodiscard]] static Result<Table> read(std::string_view reviewed, std::string_view custom);
  // As it is shipped.
  [[nodiscard]] static const Table& shipped();
  // That, and what an installation adds. An Error names the entry: there is no such place of Kubernetes' own, or the
  // kind is Sallyport's.
  [[nodiscard]] static Result<Table> with(const std::vector<AddedEffects>& added);
  ~Table();
  Table(Table&&) noexcept;

  // What a policy's preset of that name takes: every write that has one of the effects, and every write of the
  // resources, "networking.k8s.io/networkpolicies". Null: there is none.
  struct Preset {
    model::Effects effects;
    std::vector<std::string> resources;
  };
  [[nodiscard]] const Preset* find_preset(std::string_view name) const;

  [[nodiscard]] Place root_of(const model::Resource& resource) const;
  // Those that have places of their own, without their versions.
  [[nodiscard]] std::vector<model::Resource> resources() const;
  // Stores nothing, whatever is written.
  [[nodiscard]] bool is_virtual(const model::Resource& resource) const;
  // Of Kubernetes' own: a place or a kind of it that is not in the table is one that nobody has looked at.
  [[nodiscard]] bool is_built_in(const model::Resource& resource) const;
  // Is there a line about writes of this kind, or of this part of it? Of a kind of others there need not be one.
  [[nodiscard]] bool is_classified(const model::Resource& resource, model::Operation operation) const;

  enum class Does { create, update, same, del, connect };  // same: an UPDATE that changes nothing
  // What the built-in guard asks of writes: the judges of one table, in their order.
  struct Guarded {
    std::string group;     // "" for core
    std::string resource;  // "*": each of the group
    std::string part;
    std::vector<std::string> judges;
  };
  [[nodiscard]] const std::vector<Guarded>& guarded() const { return guarded_; }

  // What such a write has, whatever stands in it.
  [[nodiscard]] model::Effects of_operation(const model::Resource& resource, Does does) const;
  // What it does that an object of this kind, or the object of this part, goes.
  [[nodiscard]] model::Effects of_deletion(model::Resource resource) const;
  // The names that such an object may have, where a pass over a text looks for them: what carries a pod. Of others:
  // any.
  [[nodiscard]] const json::Shape& known_names(const model::Resource& resource) const;
  // All that such a write may have.
  [[nodiscard]] model::Effects possible(const model::Resource& resource, model::Operation operation) const;

 private:
  Table();
  [[nodiscard]] Result<void> add_lines(std::string_view text, bool custom);
  [[nodiscard]] Result<void> add_line(std::string_view text, bool custom);
  [[nodiscard]] Result<void> add_guarded(const std::vector<std::string_view>& words);
  [[nodiscard]] Result<void> add_preset(const std::vector<std::string_view>& words);
  [[nodiscard]] Result<void> find_mounts();
  void find_names();
  [[nodiscard]] Result<void> add(const AddedEffects& added);
  [[nodiscard]] const Node* find(const std::string& table) const;
  [[nodiscard]] const AddedNode* find_added(const std::string& name) const;
  [[nodiscard]] bool knows(const model::Resource& resource) const;

  using Operations = std::map<std::string, model::Effects, std::less<>>;  // by "!create"
  std::map<std::string, std::unique_ptr<Node>, std::less<>> roots_;
  std::map<std::string, Operations, std::less<>> operations_;
  std::set<std::string, std::less<>> virtual_;
  std::set<std::string, std::less<>> groups_;
  std::map<std::string, Preset, std::less<>> presets_;
  std::vector<Guarded> guarded_;
  std::map<std::string, AddedNode, std::less<>> added_;
  KnownNames names_;
  std::map<std::string, const json::Shape*, std::less<>> names_of_;
};

// Whoever judges by a table hands it on; nobody changes one.
using SharedTable = std::shared_ptr<const Table>;
[[nodiscard]] SharedTable shipped_table();

}  // namespace sallyport::effects
