#include "action/next_apply.hpp"

#include <utility>

#include "action/last_applied.hpp"
#include "action/ownership.hpp"

namespace sallyport::action {

std::vector<json::Path> moved_for_next_apply(const model::AdmissionRequest& request) {
  auto places = relisted(request);
  for (auto& change : ownership_changes(request)) places.push_back(std::move(change.path));
  return places;
}

}  // namespace sallyport::action
