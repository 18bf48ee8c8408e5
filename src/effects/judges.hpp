#pragma once

#include <array>
#include <optional>

#include "effects/line.hpp"
#include "model/admission.hpp"

namespace sallyport::effects {

// What a write is about that one place alone does not tell: asked by the judges of the table. Borrows the review.
class Judges {
 public:
  explicit Judges(const model::AdmissionRequest& request) : request_(request) {}

  // Of a place that differs, or of one that a CREATE has: `before` and `after` are null where there is nothing.
  [[nodiscard]] bool says(Judge judge, const json::Value& before, const json::Value& after);
  // Of a place whose value stays, and whose fate in somebody's next apply the write decides: that apply may take it
  // away.
  [[nodiscard]] bool says_of_moved(Judge judge);

 private:
  [[nodiscard]] bool is_update() const { return request_.operation == model::Operation::update; }
  [[nodiscard]] bool find_out(Judge judge) const;

  const model::AdmissionRequest& request_;
  std::array<std::optional<bool>, kJudges> known_;  // of those that go by the whole write
};

// Once it says so, somebody else's hand may take the object away: the garbage collector's, or the API server's.
[[nodiscard]] constexpr bool lets_go(Judge judge) {
  return judge == Judge::owner_added || judge == Judge::finalizer_removed;
}

// null, false, or with nothing in it.
[[nodiscard]] bool is_empty(const json::Value& value);

}  // namespace sallyport::effects
