// A Warning header of whatever answers in the API server's place.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "kube/warning.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view field(reinterpret_cast<const char*>(data), size);
  const auto text = sallyport::kube::read_warning(field);
  if (text && text->size() + 2 > size) std::abort();
  return 0;
}
