#include "people/discovery.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "json/outside.hpp"
#include "people/https_url.hpp"

namespace sallyport::people {
namespace {

constexpr json::OutsideLimits kLimits{.bytes = 256u << 10, .depth = 16, .values = 10'000};

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::bad_input, "the issuer's discovery document is refused: " + std::move(why));
}

Result<std::string> endpoint(const json::Value& document, std::string_view member) {
  const auto url = document[member].text();
  if (url.empty()) return refuse(fmt::format("it has no {}", member));
  if (const auto checked = check_https_url(url); !checked)
    return refuse(fmt::format("{}: {}", member, checked.error().message()));
  return std::string(url);
}

bool lists(const json::Value& list, std::string_view wanted) {
  return std::ranges::any_of(list.items(), [&](const json::Value& one) { return one.text() == wanted; });
}

// Whether a list that may be left out holds this.
bool may(const json::Value& document, std::string_view member, std::string_view wanted) {
  const auto* list = document.find(member);
  return list == nullptr || lists(*list, wanted);
}

Result<ClientProof> read_proof(const json::Value& document) {
  constexpr std::string_view kMember = "token_endpoint_auth_methods_supported";
  if (may(document, kMember, "client_secret_basic")) return ClientProof::basic;
  if (lists(document[kMember], "client_secret_post")) return ClientProof::post;
  return refuse("it takes neither client_secret_basic nor client_secret_post");
}

}  // namespace

std::string discovery_url(std::string_view issuer) {
  if (issuer.ends_with('/')) issuer.remove_suffix(1);
  return std::string(issuer) + "/.well-known/openid-configuration";
}

Result<Discovery> read_discovery(std::string_view text, std::string_view issuer) {
  if (const auto checked = check_issuer(issuer); !checked)
    return refuse("the configured issuer: " + checked.error().message());
  const auto document = json::parse_outside(text, kLimits);
  if (!document) return refuse(document.error().message());
  if ((*document)["issuer"].text() != issuer) return refuse("it is of another issuer than the configured one");
  if (!may(*document, "response_types_supported", "code")) return refuse("it cannot answer with a code");
  if (!may(*document, "code_challenge_methods_supported", "S256")) return refuse("it cannot do PKCE with S256");
  const auto proof = read_proof(*document);
  if (!proof) return fail(proof.error());
  const auto authorization = endpoint(*document, "authorization_endpoint");
  if (!authorization) return fail(authorization.error());
  const auto token = endpoint(*document, "token_endpoint");
  if (!token) return fail(token.error());
  const auto keys = endpoint(*document, "jwks_uri");
  if (!keys) return fail(keys.error());
  return Discovery{.issuer = std::string(issuer),
                   .authorization_endpoint = *authorization,
                   .token_endpoint = *token,
                   .keys_url = *keys,
                   .proof = *proof,
                   .names_itself_in_answers = (*document)["authorization_response_iss_parameter_supported"].truth()};
}

}  // namespace sallyport::people
