#pragma once

#include <string_view>

namespace sallyport::effects {

// The texts of effects.reviewed and effects.custom, which the build puts in.
extern const std::string_view kReviewed;
extern const std::string_view kCustom;

}  // namespace sallyport::effects
