#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "effects/added.hpp"
#include "effects/line.hpp"
#include "model/effect.hpp"

namespace sallyport::effects {

// One step of the paths of a table.
struct Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> inner;
  std::string sub_table;  // "@pod": goes on there
  const Node* mount = nullptr;
  model::Effects added;  // to all that stands in the sub-table
  std::optional<Line> line;
  model::Effects all;  // that any place here or deeper may have
};
[[nodiscard]] model::Effects with_judged(const Line& line);

// What a table has for one place of an object: followed step by step from the object's root. A value; the table
// outlives it.
class Place {
 public:
  struct Told {
    const Line* line;
    model::Effects added;  // by whoever refers to the sub-table that the line stands in, and by the installation
    [[nodiscard]] model::Effects effects() const { return line->effects | added; }
  };

  // The place of a member, or of a map's key. Elements of a list are at the place of the list.
  [[nodiscard]] Place inside(std::string_view step) const;
  // Nothing: nobody has looked at this place.
  [[nodiscard]] std::optional<Told> told() const;
  // All that any place here or deeper may have.
  [[nodiscard]] model::Effects here_and_below() const;
  // Has the table places inside this one?
  [[nodiscard]] bool goes_deeper() const;

  // Is all that is deeper told by a line of this place or of one above, where no other begins?
  [[nodiscard]] bool is_open() const { return open_.has_value(); }
  // The steps with names that go on from here.
  [[nodiscard]] std::set<std::string> steps() const;
  // Places with the same one have the same lines here and below.
  using Identity = std::pair<std::vector<std::pair<const Node*, unsigned>>, const Line*>;
  [[nodiscard]] Identity identity() const;

  // For the table, which begins it: at these nodes, those that count most first.
  void add(const Node* node, model::Effects added, unsigned any_keys);
  void give(const AddedNode* added, bool is_built_in);
  void begin();

 private:
  struct Found {
    const Node* node;
    model::Effects added;
    unsigned any_keys;  // steps on the way that were not named: what is named counts more
  };
  [[nodiscard]] std::optional<Told> told_here() const;

  std::array<Found, 12> found_;  // the table that counts most first
  std::size_t count_ = 0;
  std::optional<Told> open_;  // of a place above, of which nothing is known in detail
  std::vector<const AddedNode*> added_nodes_;
  model::Effects given_;             // by the installation, here or at a place above
  const Line* otherwise_ = nullptr;  // what a place is told by that only the installation speaks of
};

}  // namespace sallyport::effects
