#include "policy/combine.hpp"

#include <algorithm>

namespace sallyport::policy {
namespace {

using model::Policy;
using model::PolicyCopy;

// As texts, by which the fields of several policies are compared. No path can read like a built-in's name: of a key
// with a slash the text has ['...'] around it.
std::vector<std::string> ignored_texts(const model::PolicySpec& spec) {
  if (!spec.ignored_fields) return {std::string(kRestartedAt), std::string(kLastApplied)};
  std::vector<std::string> texts;
  for (const auto& path : *spec.ignored_fields) texts.push_back(path.text());
  return texts;
}

bool ignores(const PolicyCopy& copy, std::string_view text) {
  return std::ranges::find(copy.ignored_fields, text) != copy.ignored_fields.end();
}

IgnoredFields ignored_by_all(const std::vector<PolicyCopy>& copies) {
  IgnoredFields ignored;
  if (copies.empty()) return ignored;
  const auto all_ignore = [&](std::string_view text) {
    return std::ranges::all_of(copies, [&](const auto& copy) { return ignores(copy, text); });
  };
  ignored.restarted_at = all_ignore(kRestartedAt);
  ignored.last_applied = all_ignore(kLastApplied);
  for (const auto& text : copies.front().ignored_fields) {
    if (!all_ignore(text)) continue;
    if (auto path = json::PathPattern::parse(text)) ignored.paths.push_back(std::move(*path));
  }
  return ignored;
}

void add_message(std::string& joined, std::vector<std::string_view>& seen, std::string_view message) {
  if (message.empty() || std::ranges::find(seen, message) != seen.end()) return;
  seen.push_back(message);
  if (!joined.empty()) joined += "; ";
  joined += message;
}

void tighten(Terms& terms, const model::PolicySpec& spec) {
  terms.pending_timeout = std::min(terms.pending_timeout, spec.approval.pending_timeout);
  terms.valid_for = std::min(terms.valid_for, spec.approval.valid_for);
  terms.uses = std::min(terms.uses, spec.approval.uses);
  terms.wait_for = std::min(terms.wait_for, spec.wait_for);
  if (spec.hold_for) terms.hold_for = std::min(terms.hold_for.value_or(*spec.hold_for), *spec.hold_for);
  if (spec.while_pending == model::WhilePending::reject) terms.while_pending = model::WhilePending::reject;
  if (spec.dry_run == model::DryRun::refuse) terms.dry_run = model::DryRun::refuse;
}

}  // namespace

Terms combine(const Match& match) {
  Terms terms;
  if (match.enforce.empty()) return terms;
  const auto& first = match.enforce.front()->spec;
  terms.pending_timeout = first.approval.pending_timeout;
  terms.valid_for = first.approval.valid_for;
  terms.uses = first.approval.uses;
  terms.while_pending = first.while_pending;
  terms.wait_for = first.wait_for;
  terms.dry_run = first.dry_run;
  terms.changed_fields = match.changed_fields;
  std::vector<std::string_view> messages;
  for (const Policy* policy : match.enforce) {
    const auto& spec = policy->spec;
    tighten(terms, spec);
    add_message(terms.message, messages, spec.message);
    terms.policies.push_back({policy->ref, spec.approval, ignored_texts(spec), spec.message});
  }
  terms.ignored = ignored_by_all(terms.policies);
  return terms;
}

}  // namespace sallyport::policy
