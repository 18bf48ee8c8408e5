#pragma once

#include <array>
#include <string_view>

namespace sallyport::doctor {

// The bytes of crds/*.yaml; src/CMakeLists.txt makes the .cpp of them.
extern const std::array<std::string_view, 3> kShippedCrds;

}  // namespace sallyport::doctor
