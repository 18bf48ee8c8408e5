#include "policy/call.hpp"

#include "effects/write.hpp"

namespace sallyport::policy {

Call with_effects(Call call, const effects::Table& table) {
  call.effects = effects::possible_effects(table, call.envelope);
  if (call.envelope.operation != model::Operation::update) return call;  // nothing else moves labels
  auto object = call.envelope.resource;
  object.subresource.clear();
  for (const auto operation : {model::Operation::create, model::Operation::update, model::Operation::del}) {
    call.effects_of_object |= table.possible(object, operation);
  }
  call.effects_of_object |= call.effects;
  return call;
}

Call with_effects(Call call, const effects::ReadOnce& write, model::Effects asked) {
  auto told = with_effects(call, write.table());
  const bool tells_all = (told.effects | asked) == told.effects;
  if (tells_all || write.read().unclassified.empty()) return told;
  told.effects = told.effects_of_object = model::Effects::all();
  return told;
}

}  // namespace sallyport::policy
