#pragma once

#include "base/registry.hpp"

namespace sallyport::serve {

// `serve`.
void add_commands(CLI::App& app, const Registry& registry);

}  // namespace sallyport::serve
