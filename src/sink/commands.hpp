#pragma once

#include <string>
#include <vector>

#include "base/registry.hpp"
#include "base/result.hpp"
#include "sink/settings.hpp"

namespace sallyport::sink {

// The sinks that a configuration's file names.
using ReadSinks = Result<std::vector<Settings>> (*)(const std::string& config_file);

// `log forward`.
void add_forward(CLI::App& log, const Registry& registry, ReadSinks read_sinks);

}  // namespace sallyport::sink
