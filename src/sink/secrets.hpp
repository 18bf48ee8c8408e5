#pragma once

#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/result.hpp"
#include "net/client.hpp"

namespace sallyport::sink {

// A file of a mounted Secret, without the line's end behind it. not_found: there is none. Errors name the file, never
// what is in it.
[[nodiscard]] Result<Secret> read_secret(const std::string& dir, std::string_view file);
// ca.crt, tls.crt and tls.key, as far as they are there.
[[nodiscard]] Result<void> read_certificates(const std::string& dir, net::Endpoint& endpoint);

}  // namespace sallyport::sink
