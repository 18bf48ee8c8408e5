#pragma once

#include "base/registry.hpp"

namespace sallyport::keys {

// `keys create`.
void add_create(CLI::App& keys, const Registry& registry);

}  // namespace sallyport::keys
