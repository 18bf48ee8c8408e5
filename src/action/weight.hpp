#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "json/path.hpp"
#include "json/value.hpp"
#include "model/effect.hpp"

// How much a change says about what the write does: what people see first, and what is kept where not all can be shown.
// What a place does is told from outside (policy/weigher.hpp): this folder knows no kinds.
namespace sallyport::action {

// By its effect, the gravest one first.
enum class Rank : std::uint8_t {
  own,
  identity,
  serving,
  node_reach,
  runs_code,
  uses_secret,
  deletes,
  traffic,
  shared,
  rest,
};
inline constexpr std::size_t kRanks = 10;

struct Weight {
  Rank rank = Rank::rest;
  // Of one rank: 0 what reaches further than its like, 1 what itself runs, 2 the others, 3 what stands in a list within
  // a list: an object may hold hundreds of those.
  std::uint8_t order = 2;
  // Reaches beyond the object: into its node, into accounts and their rights, to another source of what runs. What is
  // taken away or switched off does not.
  bool grave = false;
  model::Effects effects = {};

  [[nodiscard]] bool is_decisive() const { return grave || (rank <= Rank::runs_code && order <= 2); }
};
inline constexpr std::size_t kOrders = 4;

// The gravest of these: Connects counts as RunsCode, a Secret that is shown or held as one that is used.
[[nodiscard]] Rank rank_of(model::Effects effects);
// "runs code", "identity": what such a change does, in a word or two; "" of the rest.
[[nodiscard]] std::string_view words_of(Rank rank);
[[nodiscard]] std::string_view words_of(model::Effect effect);

// Of a value that came, went or became another at a place, whose way the steps are. Null: there was none, or there is
// none any more; or it is hidden, so that the place alone may tell.
using Weigh =
    std::function<Weight(const std::vector<json::Path::Step>& place, const json::Value* from, const json::Value* to)>;

}  // namespace sallyport::action
