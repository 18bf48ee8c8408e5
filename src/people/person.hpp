#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "people/token.hpp"

namespace sallyport::people {

// How claims become the name that Kubernetes knows somebody by: the API server's --oidc-* flags, of the same meaning,
// so that a person has one name by kubectl and by us.
struct ClaimMapping {
  std::string issuer;
  std::string username_claim = "sub";
  // Empty: as where the flag is left out, the issuer and "#", but for the claim email nothing. "-": nothing.
  std::string username_prefix;
  std::string groups_claim;  // empty: there are no groups
  std::string groups_prefix;
  std::vector<std::pair<std::string, std::string>> required_claims;  // each must be there, with this text
  // An issuer that lists at most so many groups and says nothing of the others: exactly so many are too many.
  std::vector<std::size_t> groups_cut_at = {100, 200};
};

// Of what a mapping makes, everything that matters: what was mapped otherwise is of no use.
[[nodiscard]] std::string mapping_hash(const ClaimMapping& mapping);

// Somebody's groups as an issuer said them at one moment. Unknown groups satisfy nothing, and exclude from nothing;
// they are not the same as none.
struct GroupSnapshot {
  std::optional<std::vector<std::string>> groups;  // nothing: unknown
  std::string why_unknown;                         // for people, where they are
  std::string issuer;
  std::string mapping;  // its hash
  Instant said_at;
};

// The same, unknown where they are of another issuer or mapping, or older than allowed.
[[nodiscard]] GroupSnapshot groups_at(GroupSnapshot snapshot, const ClaimMapping& mapping, Instant now,
                                      Duration max_age);

// Somebody whom an issuer knows.
struct Person {
  std::string name;  // as Kubernetes has it
  std::string issuer;
  std::string subject;  // who it is to the issuer, whatever the name is
  GroupSnapshot groups;
};

// bad_input: there is no such name, its e-mail is not verified, a required claim differs, or a name or a group begins
// with "system:", which is Kubernetes' own.
[[nodiscard]] Result<Person> person_of(const Token& token, const ClaimMapping& mapping);

}  // namespace sallyport::people
