#pragma once

#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"

namespace sallyport::keys {

// An X.509 certificate (ECDSA P-256) and its key, PEM.
struct Certificate {
  std::string pem;
  Secret key_pem;
};

[[nodiscard]] Result<Certificate> make_ca(const std::string& common_name, Instant now, Duration lifetime);
// A server's certificate for these DNS names, signed by the CA.
[[nodiscard]] Result<Certificate> make_server_certificate(const Certificate& ca, const std::vector<std::string>& names,
                                                          Instant now, Duration lifetime);
// When the first certificate of this PEM ends.
[[nodiscard]] Result<Instant> expiry_of(const std::string& pem);

}  // namespace sallyport::keys
