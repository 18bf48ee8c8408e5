// Any bytes as a person's token, by a set of keys that has signed none of them; and as claims of which the signature
// was good, which is what the engine sees of an issuer that means harm.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/base64url.hpp"
#include "json/outside.hpp"
#include "people/jws.hpp"
#include "people/key_set.hpp"
#include "people/person.hpp"
#include "people/token.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::people;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr std::string_view kKeys =
    R"({"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},)"
    R"({"kty":"OKP","crv":"Ed25519","kid":"b","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";

void check_jws(std::string_view bytes) {
  const auto jws = read_jws(bytes);
  if (!jws) return;
  // Taken apart and put together again it is the same text: there is no second one for it.
  require(jws->signed_text + "." + base64url(jws->signature) == bytes);
  require(jws->signed_text.ends_with("." + base64url(jws->payload)));
  require(parse_algorithm(to_string(jws->algorithm)) == jws->algorithm);
}

void check_person(std::string_view bytes) {
  auto claims = json::parse_outside(bytes);
  if (!claims || !claims->is_object()) return;
  const Token token{.issuer = "https://i", .subject = "s", .claims = *std::move(claims)};
  for (const char* prefix : {"", "-", "oidc:"}) {
    const auto person = person_of(
        token, {.issuer = "https://i", .username_claim = "email", .username_prefix = prefix, .groups_claim = "groups"});
    if (!person) continue;
    require(!person->name.empty() && !person->name.starts_with("system:"));
    require(person->groups.groups.has_value() == person->groups.why_unknown.empty());
    if (!person->groups.groups) continue;
    for (const auto& group : *person->groups.groups) require(!group.empty() && !group.starts_with("system:"));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto keys = KeySet::read(kKeys).value();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_jws(bytes);
  check_person(bytes);
  const TokenRules rules{.issuer = "https://i", .audience = "a", .algorithms = {Algorithm::es256, Algorithm::eddsa}};
  require(!verify_token(bytes, keys, rules, Instant(std::chrono::seconds(1'800'000'000))));
  return 0;
}
