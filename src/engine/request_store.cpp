#include "engine/request_store.hpp"

#include <algorithm>
#include <charconv>

#include "engine/outcomes.hpp"
#include "engine/seal.hpp"
#include "engine/tries.hpp"
#include "json/json.hpp"

namespace sallyport::engine {
namespace {

Instant ended_at(const model::RequestStatus& status) {
  if (status.state == model::State::revoked && status.revocation) return status.revocation->time;
  if (status.state == model::State::used && !status.uses.empty()) return status.uses.back().time;
  if (!status.decision) return {};
  // An approval that was not used up, or the end of the time for a decision.
  const bool window_ended = status.state == model::State::expired && status.decision->valid_until != Instant{};
  return window_ended ? status.decision->valid_until : status.decision->decided_at;
}

// What a request's fields take besides the texts that agents and people have a say in.
constexpr std::size_t kBytesOfForm = 4096;
constexpr std::size_t kBytesOfEntry = 512;  // of a policy's copy, a review, a use
constexpr std::size_t kBytesOfChange = 24;  // besides its texts

std::string anew_words(const model::RequestStatus& status) {
  const auto found = std::ranges::find(status.conditions, model::kAsksAnew, &model::Condition::type);
  return found == status.conditions.end() ? "" : found->message;
}

std::size_t bytes_of(const model::ApprovalRequest& request) {
  const auto& [requester, reason, plan, action, policies, expires_at, seal, slot, reviews] = request.spec;
  auto bytes = kBytesOfForm + reason.size() + action.summary.size();
  for (const auto& change : action.changes) {
    bytes += kBytesOfChange + change.path.size() + change.from.value_or("").size() + change.to.value_or("").size();
  }
  if (const auto* kubernetes = action.kubernetes(); kubernetes != nullptr && kubernetes->connect) {
    for (const auto& word : kubernetes->connect->command) bytes += word.size();
  }
  if (const auto* unknown = action.unknown()) bytes += json::write(unknown->whole).size();
  for (const auto& review : reviews) bytes += kBytesOfEntry + review.comment.size();
  return bytes + kBytesOfEntry * (policies.size() + request.status.uses.size());
}

RequestStore::Entry summarize(const model::ApprovalRequest& request, model::FormRange forms) {
  RequestStore::Entry entry;
  entry.key = request.key;
  entry.uid = request.uid;
  entry.version = version_number(request.resource_version);
  entry.digest = request.spec.action.digest;
  entry.agent = request.spec.requester.agent;
  entry.target = object_of(request.spec.action);
  entry.plan = request.spec.plan;
  entry.command = command_of(request.spec.requester, request.spec.action);
  entry.anew = anew_words(request.status);
  entry.created = request.created;
  entry.state = request.status.state;
  entry.is_known = unknown_parts(request, forms).empty();
  for (const auto& policy : request.spec.policies) entry.policies.push_back(policy.ref);
  const auto uses = uses_allowed(request.spec.policies);
  entry.uses = request.status.uses.size();
  entry.uses_left = uses > request.status.uses.size() ? uses - request.status.uses.size() : 0;
  entry.expires_at = request.spec.expires_at;
  if (request.status.decision) {
    entry.valid_until = request.status.decision->valid_until;
    entry.decided_at = request.status.decision->decided_at;
    entry.gave_way = request.status.decision->reason == model::kAskedAnew;
  }
  if (has_ended(entry.state)) entry.ended_at = ended_at(request.status);
  if (!request.status.uses.empty()) entry.used_at = request.status.uses.back().time;
  entry.reviews = request.spec.reviews.size();
  entry.bytes = bytes_of(request);
  return entry;
}

}  // namespace

std::string object_of(const model::ActionRecord& action) {
  if (action.kubernetes() == nullptr) return "";
  const auto& target = action.kubernetes()->target;
  auto resource = target.resource;
  resource.subresource.clear();
  return to_string(resource) + " " + target.namespace_name + "/" + target.name;
}

bool has_ended(model::State state) {
  return state != model::State::pending && state != model::State::approved;
}

std::uint64_t version_number(const std::string& resource_version) {
  std::uint64_t number = 0;
  std::from_chars(resource_version.data(), resource_version.data() + resource_version.size(), number);
  return number;
}

void RequestStore::distrust_versions() {
  for (auto& [key, entry] : entries_) entry.version = 0;
}

const RequestStore::Entry* RequestStore::denied_and_asked_again(const std::string& namespace_name,
                                                                const std::string& agent, const std::string& target,
                                                                Instant since, std::size_t times) const {
  std::vector<const Entry*> asked;
  for (auto at = entries_.lower_bound({namespace_name, ""}); at != entries_.end(); ++at) {
    if (at->first.namespace_name != namespace_name) break;
    if (at->second.agent == agent && at->second.target == target) asked.push_back(&at->second);
  }
  const Entry* found = nullptr;
  for (const auto* denial : asked) {
    if (!denial->is_known || denial->state != model::State::denied || denial->decided_at < since) continue;
    // The API server tells the time of a creation in whole seconds.
    const auto later = std::ranges::count_if(asked, [denial](const auto* each) {
      return each != denial && each->created + std::chrono::seconds(1) > denial->decided_at;
    });
    const bool is_last = found == nullptr || found->decided_at < denial->decided_at;
    if (static_cast<std::size_t>(later) >= times && is_last) found = denial;
  }
  return found;
}

std::vector<const RequestStore::Entry*> RequestStore::of_command(const std::string& namespace_name,
                                                                 const std::string& command) const {
  std::vector<const Entry*> found;
  if (command.empty()) return found;
  for (auto at = entries_.lower_bound({namespace_name, ""}); at != entries_.end(); ++at) {
    if (at->first.namespace_name != namespace_name) break;
    if (at->second.is_known && at->second.command == command) found.push_back(&at->second);
  }
  // The API server tells the time of a creation in whole seconds, and counts versions one by one.
  std::ranges::sort(found, {}, [](const auto* entry) { return std::pair(entry->created, entry->version); });
  return found;
}

bool RequestStore::observe(const model::ApprovalRequest& request) {
  if (request.deleting) {
    forget(request.key, request.uid);
    return false;
  }
  auto entry = summarize(request, forms_);
  if (const auto found = entries_.find(entry.key); found != entries_.end()) {
    const bool same = found->second.uid == entry.uid;
    if (same && found->second.version >= entry.version) return false;
    if (!same) tell_gone_(found->second);
    drop(entry.key);
  }
  if (entry.is_known && entry.state == model::State::denied) entry.objection = read_objection_(request);
  by_digest_[entry.digest].insert(entry.key);
  count_open(entry, +1);
  count_bytes(entry, +1);
  const auto key = entry.key;
  entries_.insert_or_assign(key, std::move(entry));
  ring(key);
  return true;
}

void RequestStore::forget(const model::RequestKey& key, const std::string& uid) {
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.uid != uid) return;
  tell_gone_(found->second);
  drop(key);
  ring(key);
}

void RequestStore::drop(const model::RequestKey& key) {
  const auto found = entries_.find(key);
  count_open(found->second, -1);
  count_bytes(found->second, -1);
  const auto same = by_digest_.find(found->second.digest);
  same->second.erase(key);
  if (same->second.empty()) by_digest_.erase(same);
  entries_.erase(found);
}

void RequestStore::count_open(const Entry& entry, int by) {
  if (!entry.is_known) unknown_ += static_cast<std::size_t>(by);
  if (!is_unended(entry)) return;
  const auto step = [by](auto& counts, const std::string& name) {
    auto& count = counts[name];
    count += static_cast<std::size_t>(by);
    if (count == 0) counts.erase(name);
  };
  step(unended_by_agent_, entry.agent);
  auto& in_namespace = unended_by_namespace_[entry.key.namespace_name];
  step(in_namespace, entry.agent);
  if (in_namespace.empty()) unended_by_namespace_.erase(entry.key.namespace_name);
  if (by > 0) {
    unended_.insert(entry.key);
  } else {
    unended_.erase(entry.key);
  }
}

void RequestStore::count_bytes(const Entry& entry, int by) {
  const auto bytes = static_cast<std::size_t>(by) * entry.bytes;
  bytes_ += bytes;
  auto& in_namespace = bytes_by_namespace_[entry.key.namespace_name];
  in_namespace += bytes;
  if (in_namespace == 0) bytes_by_namespace_.erase(entry.key.namespace_name);
}

std::size_t RequestStore::bytes_in_namespace(const std::string& namespace_name) const {
  const auto found = bytes_by_namespace_.find(namespace_name);
  return found == bytes_by_namespace_.end() ? 0 : found->second;
}

const RequestStore::Entry* RequestStore::find(const model::RequestKey& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

bool RequestStore::is_open(const Entry& entry) const {
  if (!entry.is_known) return false;
  if (entry.state == model::State::pending) return true;
  return entry.state == model::State::approved && entry.uses_left > 0 && clock_.now() < entry.valid_until;
}

const RequestStore::Entry* RequestStore::find_by_digest(const std::string& digest) const {
  const auto same = by_digest_.find(digest);
  if (same == by_digest_.end()) return nullptr;
  const Entry* best = nullptr;
  for (const auto& key : same->second) {
    const auto& entry = entries_.at(key);
    if (!entry.is_known) continue;
    if (is_open(entry)) return &entry;
    if (best == nullptr || entry.version > best->version) best = &entry;
  }
  return best;
}

const RequestStore::Entry* RequestStore::find_last_used(const std::string& digest) const {
  const auto same = by_digest_.find(digest);
  if (same == by_digest_.end()) return nullptr;
  const Entry* last = nullptr;
  for (const auto& key : same->second) {
    const auto& entry = entries_.at(key);
    if (entry.is_known && entry.uses > 0 && (last == nullptr || entry.used_at > last->used_at)) last = &entry;
  }
  return last;
}

std::size_t RequestStore::ended(const std::string& digest) const {
  const auto same = by_digest_.find(digest);
  if (same == by_digest_.end()) return 0;
  return static_cast<std::size_t>(
      std::ranges::count_if(same->second, [&](const auto& key) { return !is_open(entries_.at(key)); }));
}

std::size_t RequestStore::open_of_agent(const std::string& agent) const {
  const auto found = unended_by_agent_.find(agent);
  return found == unended_by_agent_.end() ? 0 : found->second;
}

std::size_t RequestStore::open_in_namespace(const std::string& namespace_name) const {
  const auto found = unended_by_namespace_.find(namespace_name);
  if (found == unended_by_namespace_.end()) return 0;
  std::size_t sum = 0;
  for (const auto& [agent, count] : found->second) sum += count;
  return sum;
}

std::size_t RequestStore::open_in_namespace_of(const std::string& namespace_name, const std::string& agent) const {
  const auto found = unended_by_namespace_.find(namespace_name);
  if (found == unended_by_namespace_.end()) return 0;
  const auto count = found->second.find(agent);
  return count == found->second.end() ? 0 : count->second;
}

std::size_t RequestStore::agents_in_namespace(const std::string& namespace_name) const {
  const auto found = unended_by_namespace_.find(namespace_name);
  return found == unended_by_namespace_.end() ? 0 : found->second.size();
}

std::size_t RequestStore::count(model::State state) const {
  if (!has_ended(state)) {
    return static_cast<std::size_t>(
        std::ranges::count_if(unended_, [&](const auto& key) { return entries_.at(key).state == state; }));
  }
  return static_cast<std::size_t>(
      std::ranges::count_if(entries_, [&](const auto& entry) { return entry.second.state == state; }));
}

std::vector<model::RequestKey> RequestStore::with_window_after(Instant when) const {
  std::vector<model::RequestKey> keys;
  for (const auto& [key, entry] : entries_) {
    if (entry.valid_until > when) keys.push_back(key);
  }
  return keys;
}

std::vector<const RequestStore::Entry*> RequestStore::all_ended() const {
  std::vector<const Entry*> ended;
  for (const auto& [key, entry] : entries_) {
    if (has_ended(entry.state)) ended.push_back(&entry);
  }
  return ended;
}

std::vector<model::RequestKey> RequestStore::due(Instant now) const {
  std::vector<model::RequestKey> keys;
  for (const auto& key : unended_) {
    const auto& entry = entries_.at(key);
    const bool pending = entry.state == model::State::pending;
    if (now >= (pending ? entry.expires_at : entry.valid_until)) keys.push_back(key);
  }
  return keys;
}

std::vector<model::RequestKey> RequestStore::open_under(
    const std::function<bool(const model::PolicyRef&)>& is_such) const {
  std::vector<model::RequestKey> keys;
  for (const auto& key : unended_) {
    if (std::ranges::any_of(entries_.at(key).policies, is_such)) keys.push_back(key);
  }
  return keys;
}

RequestStore::Waiter::Waiter(RequestStore& store, model::RequestKey key, std::shared_ptr<Alarm> alarm)
    : store_(store), key_(std::move(key)), alarm_(std::move(alarm)) {
  store_.waiters_.emplace(key_, alarm_);
}

RequestStore::Waiter::~Waiter() {
  const auto [first, last] = store_.waiters_.equal_range(key_);
  const auto mine = std::find_if(first, last, [&](const auto& waiter) { return waiter.second == alarm_; });
  if (mine != last) store_.waiters_.erase(mine);
}

void RequestStore::ring(const model::RequestKey& key) {
  const auto [first, last] = waiters_.equal_range(key);
  for (auto it = first; it != last; ++it) it->second->ring();
}

void RequestStore::ring_all() {
  for (auto& [key, alarm] : waiters_) alarm->ring();
}

}  // namespace sallyport::engine
