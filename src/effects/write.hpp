#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "effects/judges.hpp"
#include "effects/table.hpp"
#include "json/path.hpp"
#include "model/admission.hpp"
#include "model/effect.hpp"

namespace sallyport::effects {

struct WriteEffects {
  model::Effects effects;
  // The first place of a kind of Kubernetes' own that the table does not know: it may do anything.
  std::string unclassified;
};

// What this write does, by the table: for a CREATE by all that is there and not neutral, for an UPDATE by all that
// differs, and by what its operation does whatever it holds. Pure.
[[nodiscard]] WriteEffects effects_of(const Table& table, const model::AdmissionRequest& request);

// The same of one write, read when somebody first asks, and once, however many ask. Borrows table and request; one
// thread.
class ReadOnce {
 public:
  // `known`: as it was read before, if it was.
  ReadOnce(const Table& table, const model::AdmissionRequest& request, std::optional<WriteEffects> known = std::nullopt)
      : table_(table), request_(request), known_(std::move(known)) {}

  [[nodiscard]] const Table& table() const { return table_; }
  [[nodiscard]] const model::AdmissionRequest& request() const { return request_; }
  [[nodiscard]] const WriteEffects& read() const;
  [[nodiscard]] model::Effects effects() const { return read().effects; }
  // Nothing: nobody has asked.
  [[nodiscard]] const std::optional<WriteEffects>& known() const { return known_; }

 private:
  const Table& table_;
  const model::AdmissionRequest& request_;
  mutable std::optional<WriteEffects> known_;
};

// What a write does at one place alone: the part that this place has in effects_of. Borrows table and request.
class PlaceReader {
 public:
  PlaceReader(const Table& table, const model::AdmissionRequest& request);

  struct Told {
    model::Effects effects;
    bool moves = false;          // it decides what somebody's next apply does to other places
    const Line* line = nullptr;  // by which it is told; null: nobody has looked at it
  };
  // Null: nothing was, or is, there; or what it is must not count.
  [[nodiscard]] Told at(const std::vector<json::Path::Step>& place, const json::Value* before,
                        const json::Value* after);

 private:
  [[nodiscard]] const Place& place_at(const std::vector<json::Path::Step>& steps);

  const Table& table_;
  const model::AdmissionRequest& request_;
  Judges judges_;
  Place root_;
  bool is_built_in_;
  std::vector<json::Path::Step> steps_;  // asked about last, and the place behind each of them
  std::vector<Place> places_;
};

// What a write of which no more is known may do: effects_of gives no others.
[[nodiscard]] model::Effects possible_effects(const Table& table, const model::Envelope& envelope);

}  // namespace sallyport::effects
