// The chart's value `effects`, as JSON.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "effects/added.hpp"
#include "effects/line.hpp"
#include "json/json.hpp"

namespace {

using namespace sallyport;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// What is taken is written so that it is read again, and each path of it has its place and nothing else's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto list = json::parse({reinterpret_cast<const char*>(data), size});
  if (!list) return 0;
  const auto added = effects::read_added(*list);
  if (!added) {
    require(!added.error().message().empty());
    return 0;
  }
  const auto again = effects::read_added(effects::write_added(*added));
  require(again && *again == *added);
  for (const auto& entry : *added) {
    for (const auto& field : entry.fields) {
      const auto steps = effects::read_steps(field.path);
      require(steps && !field.effects.empty());
      effects::AddedNode root;
      effects::add_path(root, *steps, field.effects);
      require(root.all == field.effects && root.here.empty() == !steps->empty());
      std::vector<const effects::AddedNode*> at{&root};
      for (const auto& step : *steps) at = effects::step_inside(at, step);
      require(at.size() == 1 && at.front()->here == field.effects);
      require(effects::step_inside(at, "below").empty());
    }
  }
  return 0;
}
