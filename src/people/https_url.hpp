#pragma once

#include <string_view>

#include "base/result.hpp"

namespace sallyport::people {

// Whether this is an absolute https URL with a host and without a user, a password and a fragment, of at most 2048
// bytes.
[[nodiscard]] Result<void> check_https_url(std::string_view url);
// The same of an issuer's name: no query either, and no place for a tenant left open ("{tenantid}").
[[nodiscard]] Result<void> check_issuer(std::string_view issuer);

}  // namespace sallyport::people
