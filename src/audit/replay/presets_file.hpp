#pragma once

#include <string_view>

namespace sallyport::audit {

// src/audit/replay/presets_0.1.tsv, compiled in.
extern const std::string_view kPresetsOf01;

}  // namespace sallyport::audit
