#pragma once

#include <memory>

#include "engine/seams.hpp"

namespace sallyport::serve {

// OpenSSL's random bytes. Any thread.
[[nodiscard]] std::unique_ptr<engine::Random> make_random();

}  // namespace sallyport::serve
