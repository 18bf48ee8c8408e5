#include "base/failpoint.hpp"

#include <cstdlib>

namespace sallyport {

bool is_failpoint_set([[maybe_unused]] std::string_view point) {
#ifdef SALLYPORT_FAILPOINTS
  const char* set = std::getenv("SALLYPORT_FAILPOINT");
  return set != nullptr && set == point;
#else
  return false;
#endif
}

}  // namespace sallyport
