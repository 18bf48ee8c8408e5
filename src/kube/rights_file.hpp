#pragma once

#include <string_view>

namespace sallyport::kube {

// The bytes of the chart's files/rights.json; src/CMakeLists.txt makes the .cpp of it.
extern const std::string_view kRightsFile;

}  // namespace sallyport::kube
