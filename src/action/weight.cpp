#include "action/weight.hpp"

#include <array>
#include <utility>

namespace sallyport::action {
namespace {

using enum model::Effect;

// In the order of Rank, without node reach, which is no effect of a field: it is one of a value.
constexpr auto kRankOf = std::to_array<std::pair<Rank, model::Effects>>({
    {Rank::own, {own, speaks}},
    {Rank::identity, {identity, issues_token}},
    {Rank::serving, {serving}},
    {Rank::runs_code, {runs_code, connects}},
    {Rank::uses_secret, {uses_secret, holds_secret, shows_secret}},
    {Rank::deletes, {deletes}},
    {Rank::traffic, {traffic}},
    {Rank::shared, {shared}},
});

// Nobody is asked about what is Sallyport's own: what is shown of that rank is newer than the table.
constexpr std::array<std::string_view, kRanks> kWords = {
    "may do anything", "identity", "API served", "node reach", "runs code",
    "uses a Secret",   "deletes",  "traffic",    "shared",     ""};

constexpr std::array<std::string_view, model::kEffects> kEffectWords = {
    "runs code",      "connects", "identity", "makes tokens", "uses a Secret", "runs where a Secret is",
    "shows a Secret", "deletes",  "traffic",  "shared",       "API served",    "speaks for others",
    "Sallyport's own"};

}  // namespace

Rank rank_of(model::Effects effects) {
  for (const auto& [rank, of] : kRankOf) {
    if (effects.has_any_of(of)) return rank;
  }
  return Rank::rest;
}

std::string_view words_of(Rank rank) {
  return kWords.at(static_cast<std::size_t>(rank));
}

std::string_view words_of(model::Effect effect) {
  return kEffectWords.at(static_cast<std::size_t>(effect));
}

}  // namespace sallyport::action
