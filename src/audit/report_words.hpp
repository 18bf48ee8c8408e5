#pragma once

#include <string>

#include "audit/verify.hpp"

// What a check has found, in words: not escaped yet, since files and streams may be called anything.
namespace sallyport::audit {

[[nodiscard]] std::string words_of(const Fault& fault);
[[nodiscard]] std::string words_of(const StreamReport& stream, bool by_given_keys);

}  // namespace sallyport::audit
