#include "people/person.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/crypto.hpp"

namespace sallyport::people {
namespace {

constexpr std::size_t kLongestName = 1024;
constexpr std::size_t kMostGroups = 1000;
constexpr std::string_view kOwnNames = "system:";

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::bad_input, "nobody can be logged in by this token: " + std::move(why));
}

std::string prefix_of_names(const ClaimMapping& mapping) {
  if (mapping.username_prefix == "-") return {};
  if (!mapping.username_prefix.empty()) return mapping.username_prefix;
  return mapping.username_claim == "email" ? std::string{} : mapping.issuer + "#";
}

// What is compared, shown and logged everywhere. Control characters in it are nobody's name.
Result<void> check_name(std::string_view what, std::string_view name) {
  if (name.starts_with(kOwnNames)) return refuse(fmt::format("{} begins with system:, which is Kubernetes' own", what));
  if (name.size() > kLongestName) return refuse(fmt::format("{} is longer than {} bytes", what, kLongestName));
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(name, is_control)) return refuse(fmt::format("{} holds control characters", what));
  return {};
}

// As the API server has it: where the claim is there, it must be true.
Result<void> check_email(const json::Value& claims, const ClaimMapping& mapping) {
  const auto* verified = claims.find("email_verified");
  if (mapping.username_claim != "email" || verified == nullptr || verified->truth()) return {};
  return refuse("its e-mail is not verified (email_verified)");
}

Result<std::string> name_of(const json::Value& claims, const ClaimMapping& mapping) {
  const auto claim = claims[mapping.username_claim].text();
  if (claim.empty()) return refuse(fmt::format("its claim {} is no text", mapping.username_claim));
  if (const auto email = check_email(claims, mapping); !email) return fail(email.error());
  auto name = prefix_of_names(mapping) + std::string(claim);
  if (const auto checked = check_name("the name", name); !checked) return fail(checked.error());
  return name;
}

// How an issuer says that it has left groups out: Entra names another place that has them (never asked), or says so.
bool says_more(const json::Value& claims, const ClaimMapping& mapping) {
  const auto* elsewhere = claims.find("_claim_names");
  const auto* more = claims.find("hasgroups");
  return (elsewhere != nullptr && (!elsewhere->is_object() || elsewhere->find(mapping.groups_claim) != nullptr)) ||
         (more != nullptr && !(more->is_bool() && !more->truth()));
}

std::string why_incomplete(const json::Value& claims, const ClaimMapping& mapping) {
  const auto& groups = claims[mapping.groups_claim];
  if (says_more(claims, mapping)) return "the issuer has left groups out, since there are too many";
  if (groups.is_null()) return fmt::format("the token has no claim {}", mapping.groups_claim);
  const auto count = groups.is_string() ? 1 : groups.items().size();
  if (count > kMostGroups) return fmt::format("the token has {} groups, more than {}", count, kMostGroups);
  if (std::ranges::find(mapping.groups_cut_at, count) != mapping.groups_cut_at.end())
    return fmt::format("the token has {} groups, where issuers cut the list off", count);
  return {};
}

Result<std::vector<std::string>> read_groups(const json::Value& claim, const ClaimMapping& mapping) {
  std::vector<std::string> groups;
  const auto add = [&](const json::Value& group) -> Result<void> {
    if (group.text().empty()) return refuse(fmt::format("its claim {} is no list of texts", mapping.groups_claim));
    groups.push_back(mapping.groups_prefix + std::string(group.text()));
    return check_name("a group", groups.back());
  };
  // The API server takes a single text for a list of one.
  if (!claim.is_array()) {
    if (const auto added = add(claim); !added) return fail(added.error());
  }
  for (const auto& group : claim.items())
    if (const auto added = add(group); !added) return fail(added.error());
  return groups;
}

Result<GroupSnapshot> snapshot(const Token& token, const ClaimMapping& mapping) {
  GroupSnapshot snapshot{.issuer = token.issuer, .mapping = mapping_hash(mapping), .said_at = token.issued_at};
  if (mapping.groups_claim.empty()) {
    snapshot.groups.emplace();
    return snapshot;
  }
  snapshot.why_unknown = why_incomplete(token.claims, mapping);
  if (token.claims[mapping.groups_claim].is_null()) return snapshot;
  // Also of groups that are not all: one of Kubernetes' own is refused whatever else is missing.
  auto groups = read_groups(token.claims[mapping.groups_claim], mapping);
  if (!groups) return fail(groups.error());
  if (snapshot.why_unknown.empty()) snapshot.groups = *std::move(groups);
  return snapshot;
}

}  // namespace

std::string mapping_hash(const ClaimMapping& mapping) {
  Hasher hasher;
  hasher.field("sallyport claim mapping 1").field(mapping.issuer).field(mapping.username_claim);
  hasher.field(prefix_of_names(mapping)).field(mapping.groups_claim).field(mapping.groups_prefix);
  hasher.field(std::uint64_t{mapping.required_claims.size()});
  for (const auto& [claim, text] : mapping.required_claims) hasher.field(claim).field(text);
  for (const auto count : mapping.groups_cut_at) hasher.field(std::uint64_t{count});
  return hex(hasher.finish());
}

GroupSnapshot groups_at(GroupSnapshot snapshot, const ClaimMapping& mapping, Instant now, Duration max_age) {
  const auto forget = [&](std::string why) {
    snapshot.groups.reset();
    snapshot.why_unknown = std::move(why);
  };
  if (!snapshot.groups) return snapshot;
  if (snapshot.issuer != mapping.issuer) forget("the groups are another issuer's");
  if (snapshot.mapping != mapping_hash(mapping)) forget("the groups were read under another configuration");
  if (now - snapshot.said_at > max_age) forget("the groups are older than " + format_duration(max_age));
  return snapshot;
}

Result<Person> person_of(const Token& token, const ClaimMapping& mapping) {
  if (mapping.issuer.empty() || token.issuer != mapping.issuer) return refuse("it is of another issuer");
  for (const auto& [claim, text] : mapping.required_claims) {
    const auto* said = token.claims.find(claim);
    if (said == nullptr || !said->is_string() || said->text() != text)
      return refuse(fmt::format("its claim {} is not as it must be", claim));
  }
  auto name = name_of(token.claims, mapping);
  if (!name) return fail(name.error());
  auto groups = snapshot(token, mapping);
  if (!groups) return fail(groups.error());
  return Person{
      .name = *std::move(name), .issuer = token.issuer, .subject = token.subject, .groups = *std::move(groups)};
}

}  // namespace sallyport::people
