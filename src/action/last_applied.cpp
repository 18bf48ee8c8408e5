#include "action/last_applied.hpp"

#include <algorithm>
#include <optional>

#include "json/json.hpp"

namespace sallyport::action {
namespace {

using json::Path;
using json::Value;

const Value& annotation(const Value& object) {
  return object["metadata"]["annotations"][kLastApplied];
}

// What an annotation lists; nothing at all where there is none, or none that kubectl could read.
Value listed_in(const Value& object) {
  const auto& text = annotation(object);
  auto list = text.is_string() ? json::parse(text.text()) : json::parse("{}");
  return list && list->is_object() ? std::move(*list) : Value::object();
}

// null, {} and []: as good as not there.
bool is_nothing(const Value* value) {
  if (!value || value->is_null()) return true;
  return (value->is_object() || value->is_array()) && value->members().empty() && value->items().empty();
}

// Does the object hold all that is listed? It may hold more: what the API server and others have set.
bool holds(const Value* object, const Value& listed) {
  if (listed.is_object() && object && object->is_object())
    return std::ranges::all_of(listed.members(),
                               [&](const auto& member) { return holds(object->find(member.key), member.value); });
  if (listed.is_array() && object && object->is_array())
    return std::ranges::equal(object->items(), listed.items(),
                              [](const Value& has, const Value& wanted) { return holds(&has, wanted); });
  if (is_nothing(&listed)) return is_nothing(object);
  return object && *object == listed;
}

}  // namespace

std::vector<Path> relisted(const model::AdmissionRequest& request) {
  if (request.operation != model::Operation::update) return {};
  if (annotation(request.old_object) == annotation(request.object)) return {};
  const Value before = listed_in(request.old_object);
  const Value after = listed_in(request.object);
  std::vector<Path> places;
  for (auto& change : json::diff(before, after)) {
    const bool put_there =
        !change.from && !change.path.find_in(request.old_object) && change.path.find_in(request.object);
    const bool taken_away = !change.to && !change.path.find_in(request.object);
    const bool listed_anew = !change.from || !change.to || change.path.empty();
    if (listed_anew && !put_there && !taken_away) places.push_back(std::move(change.path));
  }
  return places;
}

bool repeats_the_write(const model::AdmissionRequest& request) {
  if (request.operation != model::Operation::update || !annotation(request.object).is_string()) return false;
  const auto listed = json::parse(annotation(request.object).text());
  return listed && listed->is_object() && holds(&request.object, *listed) && relisted(request).empty();
}

}  // namespace sallyport::action
