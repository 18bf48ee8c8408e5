#include "effects/known_names.hpp"

#include <string_view>

namespace sallyport::effects {
namespace {

// No name of any table.
constexpr std::string_view kAnyOther = "\n";

}  // namespace

KnownNames::KnownNames() : nothing_(make({}, nullptr)) {}

const json::Shape& KnownNames::add_root(const Place& root) {
  std::vector<json::Shape::Member> members;
  const auto* others = others_of(root, members);
  // These decide nothing and are no places.
  for (const auto* name : {"apiVersion", "kind"}) members.push_back({name, nothing_});
  return *make(std::move(members), others);
}

const json::Shape* KnownNames::shape_of(const Place& place) {
  if (!place.goes_deeper()) return place.is_open() ? &json::Shape::anything() : nothing_;
  auto identity = place.identity();
  if (const auto made = made_.find(identity); made != made_.end()) return made->second;
  std::vector<json::Shape::Member> members;
  const auto* others = others_of(place, members);
  const auto* shape = make(std::move(members), others);
  made_.emplace(std::move(identity), shape);
  return shape;
}

// Those with a name become members; the shape of all others, null if there are none.
const json::Shape* KnownNames::others_of(const Place& place, std::vector<json::Shape::Member>& members) {
  for (const auto& step : place.steps()) {
    const auto inside = place.inside(step);
    if (inside.told()) members.push_back({step, shape_of(inside)});
  }
  const auto other = place.inside(kAnyOther);
  return other.told() ? shape_of(other) : nullptr;
}

const json::Shape* KnownNames::make(std::vector<json::Shape::Member> members, const json::Shape* others) {
  shapes_.push_back(std::make_unique<const json::Shape>(std::move(members), others));
  return shapes_.back().get();
}

}  // namespace sallyport::effects
