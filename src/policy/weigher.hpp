#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "action/weight.hpp"
#include "effects/write.hpp"
#include "json/path.hpp"
#include "model/action.hpp"
#include "model/admission.hpp"

namespace sallyport::policy {

// Weighs the changes of one write, for people: by the table of effects, and by what the guard takes for a way into a
// node. Borrows the write; one thread.
class Weigher {
 public:
  explicit Weigher(const effects::ReadOnce& write);
  explicit Weigher(effects::ReadOnce&&) = delete;  // it would be gone

  // As action::Weigh has it. A value that has others in it weighs as much as the heaviest of them.
  [[nodiscard]] action::Weight operator()(const std::vector<json::Path::Step>& place, const json::Value* from,
                                          const json::Value* to);

 private:
  [[nodiscard]] action::Weight of_leaf(const std::vector<json::Path::Step>& place, const json::Value* from,
                                       const json::Value* to);
  void add_leaves(std::vector<json::Path::Step>& place, const json::Value& value, bool came, action::Weight& heaviest);
  [[nodiscard]] bool reaches_node(const std::vector<json::Path::Step>& place, const json::Value& to,
                                  const effects::Line* line);
  [[nodiscard]] bool may_reach_node(const std::vector<json::Path::Step>& place, const effects::Line* line);

  const effects::ReadOnce& write_;
  effects::PlaceReader reader_;
  // Can a value reach a node? By the line of the table that describes its place; without a line, by the place.
  std::unordered_map<const effects::Line*, bool> may_reach_;
  std::unordered_map<std::string, bool> may_reach_unlisted_;
};

// What a change that stands in a request weighs by this build's table, which may be older or newer than that of the
// replica that has written it: so the order in which the changes stand there is that replica's word, and this is for
// how much is said of each. Of those at places that cannot be read, the weight of the rest.
class StoredWeigher {
 public:
  explicit StoredWeigher(const model::Kubernetes& action);
  StoredWeigher(const StoredWeigher&) = delete;  // its parts borrow each other
  StoredWeigher& operator=(const StoredWeigher&) = delete;
  [[nodiscard]] action::Weight operator()(const model::ShownChange& change);

 private:
  model::AdmissionRequest request_;
  effects::ReadOnce write_;
  Weigher weigher_;
};

}  // namespace sallyport::policy
