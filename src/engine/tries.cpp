#include "engine/tries.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "action/escape.hpp"
#include "base/crypto.hpp"
#include "engine/settings.hpp"

namespace sallyport::engine {
namespace {

using model::Operation;
using model::State;

constexpr std::size_t kMostNamed = 5;
constexpr std::size_t kLongestPath = 128;

// It was ended for the next try, it waits as one, or it was approved, for that try alone, and never used. Not one that
// only waits: the agent may come back with that.
bool is_in_a_row(const RequestStore::Entry& entry) {
  if (entry.state == State::expired) return entry.valid_until != Instant{};
  return entry.state == State::approved || entry.gave_way || (entry.state == State::pending && !entry.anew.empty());
}

std::string named(const std::vector<std::string>& paths) {
  std::string words;
  for (std::size_t i = 0; i < std::min(paths.size(), kMostNamed); ++i) {
    words += (i == 0 ? "" : ", ") + action::show_text(paths[i], kLongestPath).text;
  }
  if (paths.size() > kMostNamed) words += " and " + std::to_string(paths.size() - kMostNamed) + " more";
  return words;
}

}  // namespace

std::string command_of(const model::Requester& requester, const model::ActionRecord& action) {
  const auto* kubernetes = action.kubernetes();
  if (kubernetes == nullptr || requester.user.credential_id.empty()) return "";
  if (kubernetes->operation != Operation::create && kubernetes->operation != Operation::update) return "";
  if (action.truncated || action.changes.empty()) return "";
  const auto& target = kubernetes->target;
  // Of a name that the server makes, each try is an object of its own.
  if (target.name.empty() || target.name.ends_with('*')) return "";
  Hasher hasher;
  hasher.field(requester.agent).field(requester.user.username).field(requester.user.credential_id);
  hasher.field(to_string(kubernetes->operation)).field(target.resource.version).field(to_string(target.resource));
  hasher.field(target.namespace_name).field(target.name).field(target.uid);
  std::set<std::string_view> paths;
  for (const auto& change : action.changes) paths.insert(change.path);
  for (const auto path : paths) hasher.field(path);
  return hex(hasher.finish());
}

std::string differing_words(const model::ActionRecord& earlier, const model::ActionRecord& later) {
  std::vector<std::string> paths, hidden;
  for (const auto& change : later.changes) {
    if (change.ignored) continue;  // it may hold anything
    const auto same = std::ranges::find(earlier.changes, change.path, &model::ShownChange::path);
    if (change.redacted) {
      hidden.push_back(change.path);
    } else if (same == earlier.changes.end() || same->from != change.from || same->to != change.to) {
      paths.push_back(change.path);
    }
  }
  auto words = named(paths);
  if (!hidden.empty()) words += (words.empty() ? "" : ", and ") + std::string("perhaps ") + named(hidden);
  return words.empty() ? "something that is not shown" : words;
}

Tries::Call::Call(Tries& tries, model::RequestKey key) : tries_(tries), key_(std::move(key)) {
  ++tries_.calls_[key_].there;
}

Tries::Call::~Call() {
  auto& calls = tries_.calls_[key_];
  --calls.there;
  if (gave_up_) calls.given_up = tries_.clock_.steady();
}

bool Tries::was_left(const RequestStore::Entry& entry) const {
  const auto calls = calls_.find(entry.key);
  if (calls == calls_.end() || calls->second.there > 0 || !calls->second.given_up) return false;
  return clock_.steady() - *calls->second.given_up <= kTriedAgainWithin;
}

Tries::Row Tries::row_before(const Ask& ask, const std::string& namespace_name) const {
  Row row;
  const auto since = clock_.now() - kTriesWithin;
  for (const auto* entry : store_.of_command(namespace_name, command_of(ask.requester, ask.action))) {
    if (entry->digest == ask.action.digest || entry->created < since) continue;
    if (entry->uses > 0) {
      row = {};  // it got through: what it asks from then on is another matter
      continue;
    }
    const bool is_left = entry->state == State::pending && was_left(*entry);
    if (!is_left && !is_in_a_row(*entry)) continue;
    ++row.length;
    row.last = entry->key;
    if (is_left) row.left.push_back(entry->key);
  }
  return row;
}

void Tries::tidy() {
  const auto now = clock_.steady();
  std::erase_if(calls_, [&](const auto& each) {
    const auto& [there, given_up] = each.second;
    return there == 0 && (!given_up || now - *given_up > kTriedAgainWithin);
  });
}

}  // namespace sallyport::engine
