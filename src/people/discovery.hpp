#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sallyport::people {

// How a client proves itself where codes are exchanged for tokens.
enum class ClientProof { basic, post };

// What an issuer says of itself (OpenID Connect Discovery 1.0). Which algorithms count, and which claims, is configured
// and not read from here.
struct Discovery {
  std::string issuer;
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string keys_url;                    // "jwks_uri"
  ClientProof proof = ClientProof::basic;  // the header, where the issuer takes it
  bool names_itself_in_answers = false;    // RFC 9207: the callback must have "iss"
};

// Where the document of a configured issuer stands.
[[nodiscard]] std::string discovery_url(std::string_view issuer);

// bad_input: the document is of another issuer (byte for byte), has an endpoint that is not https, or cannot do the
// authorization code flow with S256.
[[nodiscard]] Result<Discovery> read_discovery(std::string_view text, std::string_view issuer);

}  // namespace sallyport::people
