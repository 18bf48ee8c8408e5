#include "engine/history.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "engine/due.hpp"
#include "engine/records.hpp"
#include "engine/transition.hpp"

namespace sallyport::engine {
namespace {

using model::State;
using Entries = std::vector<const RequestStore::Entry*>;

constexpr Duration kTidyEvery = std::chrono::seconds(30);
constexpr Duration kTidySoon = std::chrono::seconds(5);           // there is more to be removed
constexpr Duration kTidyAfterFailure = std::chrono::minutes(10);  // what failed once may well fail again
constexpr std::size_t kRemovedAtOnce = 100;
// Longer than a use may be entered again, and than clocks may differ.
constexpr Duration kSettled = std::chrono::minutes(1);

// Between half and one and a half times as long, so that replicas that start together do not go on together.
Duration spread(Duration span, Random& random) {
  return random_between(random, span / 2, span / 2 + span);
}

bool ended_first(const RequestStore::Entry* a, const RequestStore::Entry* b) {
  return std::tie(a->ended_at, a->key) < std::tie(b->ended_at, b->key);
}

using Removals = std::vector<std::pair<const RequestStore::Entry*, std::string>>;

// The rest of a bound is for those that are open.
std::size_t share_of_ended(std::size_t bound) {
  return bound / 4 * 3;
}

std::size_t bytes_of(std::span<const RequestStore::Entry* const> entries) {
  std::size_t bytes = 0;
  for (const auto* entry : entries) bytes += entry->bytes;
  return bytes;
}

// Of the ended ones of a namespace, sorted by their ends.
void add_due_of_namespace(std::span<const RequestStore::Entry* const> ended, Instant now, const HistoryLimits& limits,
                          Duration cooldown, Removals& due) {
  auto kept = ended.size();
  auto bytes = bytes_of(ended);
  for (const auto* entry : ended) {
    const bool old = limits.retain > Duration{} && now - entry->ended_at >= limits.retain;
    const bool many = limits.per_namespace > 0 && kept > limits.per_namespace;
    const bool large = bytes > share_of_ended(limits.bytes_per_namespace);
    if (!old && !many && !large) break;  // those that follow ended later
    --kept;
    bytes -= entry->bytes;
    if (now < over_at(*entry, cooldown)) continue;  // its time comes; none that ended later goes in its place
    due.emplace_back(entry, old    ? "kept for " + format_duration(limits.retain)
                            : many ? "more than " + std::to_string(limits.per_namespace) + " in its namespace"
                                   : "its namespace holds as much as it may");
  }
}

// Of all, sorted by their ends, beside those that are due already.
void add_due_of_cluster(std::span<const RequestStore::Entry* const> ended, Instant now, const HistoryLimits& limits,
                        Duration cooldown, Removals& due) {
  auto bytes = bytes_of(ended);
  std::set<const RequestStore::Entry*> chosen;
  for (const auto& [entry, why] : due) {
    chosen.insert(entry);
    bytes -= entry->bytes;
  }
  for (const auto* entry : ended) {
    if (bytes <= share_of_ended(limits.bytes_in_all)) break;
    if (chosen.contains(entry)) continue;
    bytes -= entry->bytes;
    if (now >= over_at(*entry, cooldown)) due.emplace_back(entry, "the cluster holds as much as it may");
  }
}

}  // namespace

Instant over_at(const RequestStore::Entry& ended, Duration cooldown) {
  auto at = ended.ended_at;
  if (ended.state == State::denied) at = std::max(at, ended.decided_at + cooldown);
  // A store that is restored brings back what was removed, and the log forgets a request's uses when it is deleted. By
  // then neither the grant nor the reviews may be worth anything.
  if (ended.valid_until != Instant{}) at = std::max({at, ended.valid_until, ended.expires_at});
  return at + kSettled;
}

std::vector<Removal> due_for_removal(const Entries& ended, Instant now, const HistoryLimits& limits, Duration cooldown,
                                     std::size_t at_most) {
  std::map<std::string_view, Entries> by_namespace;
  for (const auto* entry : ended) by_namespace[entry->key.namespace_name].push_back(entry);
  Removals due;
  for (auto& [name, entries] : by_namespace) {
    std::ranges::sort(entries, ended_first);
    add_due_of_namespace(entries, now, limits, cooldown, due);
  }
  if (bytes_of(ended) > share_of_ended(limits.bytes_in_all)) {
    auto all = ended;
    std::ranges::sort(all, ended_first);
    add_due_of_cluster(all, now, limits, cooldown, due);
  }
  std::ranges::sort(due, ended_first, &Removals::value_type::first);
  if (due.size() > at_most) due.resize(at_most);

  std::vector<Removal> removals;
  removals.reserve(due.size());
  for (auto& [entry, why] : due) removals.push_back({entry->key, entry->uid, std::move(why)});
  return removals;
}

boost::asio::awaitable<void> History::run() {
  auto rest = kTidyEvery;
  while (!stopping_ && !co_await stopped_->wait(spread(rest, random_))) {
    if (!settings_.history.keeps_all()) rest = co_await tidy();
  }
}

void History::stop() {
  stopping_ = true;
  stopped_->ring();
}

boost::asio::awaitable<Duration> History::tidy() {
  auto ended = store_.all_ended();
  std::erase_if(ended, [this](const auto* entry) { return not_ours_.contains(entry->uid); });
  const auto due = due_for_removal(ended, clock_.now(), settings_.history, settings_.cooldown, kRemovedAtOnce);
  for (const auto& removal : due) {
    if (stopping_ || restoration_.under_way() || cluster_.why_not_ready()) co_return kTidyEvery;
    if (co_await remove(removal) == Came::failed) {
      ++failed_;
      co_return kTidyAfterFailure;
    }
  }
  co_return due.size() == kRemovedAtOnce ? kTidySoon : kTidyEvery;
}

boost::asio::awaitable<History::Came> History::remove(Removal removal) {
  const auto request = co_await cluster_.read_request(removal.key);
  if (!request) {
    co_return request.error().code() == ErrorCode::not_found ? Came::left : Came::failed;
  }
  store_.observe(*request);
  const auto* entry = store_.find(removal.key);
  if (entry == nullptr || entry->uid != removal.uid || !has_ended(entry->state)) co_return Came::left;
  // Whoever has forged something would have it removed: it stays until a person has seen it.
  const auto now = clock_.now();
  const auto sealed = examiner_.examine(*request, now);
  const auto state = sealed_state(*request, sealed, now);
  if (!sealed.spec || !sealed.decision || !sealed.uses || !sealed.forged.empty() || !has_ended(state)) {
    not_ours_.insert(removal.uid);
    co_return Came::left;
  }

  auto fields = records::end_of(*entry, removal.why);
  records::add_grounds(fields, *request, sealed, now);
  const auto id = new_intent_id(random_);
  const auto logged = co_await journal_.append(records::intent(id, "removal", *request, std::move(fields)));
  if (!logged) co_return Came::failed;
  removing_.insert_or_assign(removal.uid, removal.why);
  const auto deleted = co_await cluster_.delete_request(*request);
  if (deleted) {
    ++removed_;
    journal_.append_async(records::outcome(id, "done", *request));
    store_.forget(removal.key, removal.uid);
    removing_.erase(removal.uid);
    co_return Came::removed;
  }
  switch (deleted.error().code()) {
    case ErrorCode::conflict:
    case ErrorCode::not_found:
      removing_.erase(removal.uid);
      journal_.append_async(records::outcome(id, "lost", *request));
      co_return Came::left;
    case ErrorCode::unknown_outcome:
    case ErrorCode::cancelled:
    case ErrorCode::internal:
      // It may be gone, or go yet. Either was meant, so that nothing needs to be settled.
      journal_.append_async(records::outcome(id, "unknown", *request));
      co_return Came::failed;
    default:
      removing_.erase(removal.uid);
      journal_.append_async(records::outcome(id, "failed", *request));
      co_return Came::failed;
  }
}

model::LogRecord History::record_of_end(const RequestStore::Entry& entry) {
  not_ours_.erase(entry.uid);
  const auto removing = removing_.extract(entry.uid);
  if (removing.empty()) {
    const auto until = entry.state == State::denied ? entry.decided_at + settings_.cooldown : Instant{};
    return records::request_deleted(entry, clock_.now() < until ? until : Instant{});
  }
  return records::request_removed(entry, removing.mapped());
}

}  // namespace sallyport::engine
