#pragma once

#include "base/registry.hpp"

namespace sallyport::doctor {

// `doctor`.
void add_commands(CLI::App& app, const Registry& registry);

}  // namespace sallyport::doctor
