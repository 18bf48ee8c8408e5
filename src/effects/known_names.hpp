#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "effects/place.hpp"
#include "json/shape.hpp"

namespace sallyport::effects {

// The names that objects may have by the table: those of the places that somebody has looked at. What a pass over a
// text goes by.
class KnownNames {
 public:
  KnownNames();
  // Of objects whose places begin there. Lives as long as this.
  const json::Shape& add_root(const Place& root);

 private:
  const json::Shape* shape_of(const Place& place);
  const json::Shape* others_of(const Place& place, std::vector<json::Shape::Member>& members);
  const json::Shape* make(std::vector<json::Shape::Member> members, const json::Shape* others);

  std::vector<std::unique_ptr<const json::Shape>> shapes_;
  std::map<Place::Identity, const json::Shape*> made_;  // many kinds hold the same sub-tables
  const json::Shape* nothing_;                          // has no names in it
};

}  // namespace sallyport::effects
