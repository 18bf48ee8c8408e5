#include "engine/restoration.hpp"

#include <algorithm>
#include <utility>

#include "engine/records.hpp"

namespace sallyport::engine {
namespace {

constexpr Duration kClocksDiffer = std::chrono::minutes(1);  // much more than they may
constexpr int kTries = 5;

}  // namespace

void Restoration::saw(const model::ApprovalRequest& request, Instant now) {
  highest_ = std::max(highest_, version_number(request.resource_version));
  const auto& status = request.status;
  // Once its window is over, a grant is worth nothing, used or not.
  if (status.uses.empty() || !status.decision || now >= status.decision->valid_until) return;
  auto& logged = uses_in_log_[request.uid];
  if (logged >= status.uses.size()) return;
  logged = status.uses.size();
  journal_.append_async(records::observed(request));
}

void Restoration::used_here(const model::ApprovalRequest& request) {
  auto& logged = uses_in_log_[request.uid];
  logged = std::max(logged, request.status.uses.size());
}

void Restoration::read(const model::ApprovalRequest& request, std::uint64_t known_before) {
  if (version_number(request.resource_version) >= known_before) return;
  begin("request " + to_string(request.key) + " is at resourceVersion " + request.resource_version + ", and was at " +
        std::to_string(known_before));
}

void Restoration::synced(std::uint64_t version) {
  const auto highest = std::max(highest_, history_.highest_resource_version);
  if (version < highest) {
    begin("the requests are listed at resourceVersion " + std::to_string(version) + ", and " + std::to_string(highest) +
          " was seen before");
  }
  compare_with_log();
  highest_ = version;
}

// Once, since later the store itself knows.
void Restoration::compare_with_log() {
  for (const auto& logged : std::exchange(history_, {}).uses) {
    const auto* entry = store_.find(logged.key);
    if (entry == nullptr || entry->uid != logged.request_uid || !store_.is_open(*entry)) continue;
    if (entry->uses < logged.count) {
      begin("request " + to_string(logged.key) + " has " + std::to_string(entry->uses) + " uses, and the log knows " +
            std::to_string(logged.count));
    }
  }
}

void Restoration::begin(std::string why) {
  confirms_needed_ = 2;  // one may have begun before
  left_.reset();         // if one is under way: it went back once more
  store_.distrust_versions();
  if (under_way_) return;
  under_way_ = true;
  revoked_ = 0;
  ++count_;
  why_ = std::move(why);
  tell_(why_);
}

void Restoration::confirmed() {
  confirms_needed_ = std::max(confirms_needed_ - 1, 0);
}

// Whoever was first has perhaps revoked it: all replicas do this at once.
boost::asio::awaitable<bool> Restoration::take_back(model::RequestKey key) {
  for (int tries = 0; tries < kTries; ++tries) {
    const auto taken_back = co_await decisions_.take_back(key, "StoreRestored");
    if (taken_back && *taken_back) ++revoked_;
    if (taken_back) co_return true;
    if (taken_back.error().code() != ErrorCode::conflict) co_return false;
  }
  co_return false;
}

bool Restoration::has_more() {
  for (const auto& key : store_.with_window_after(clock_.now() - kClocksDiffer)) {
    if (done_.insert(key).second) left_->push_back(key);
  }
  return !left_->empty();
}

// Whatever the store says of a request's state, the store may have gone back behind it: what counts is whether its
// window, which a decision fixes once, may still be open.
boost::asio::awaitable<void> Restoration::go_on() {
  if (!under_way_ || confirms_needed_ > 0) co_return;
  if (!left_) {
    const auto keys = store_.with_window_after(clock_.now() - kClocksDiffer);
    left_.emplace(keys.begin(), keys.end());
    done_ = {keys.begin(), keys.end()};
  }
  while (left_ && !left_->empty()) {
    const auto key = left_->front();
    if (!co_await take_back(key)) co_return;
    // While it was looked at, the store may have gone back once more.
    if (left_ && !left_->empty() && left_->front() == key) left_->pop_front();
  }
  // What was approved meanwhile was pending when the store went back.
  if (left_ && has_more()) co_return;
  if (!left_ || !co_await journal_.append(records::store_restored(why_, highest_, revoked_))) co_return;
  if (!left_) co_return;
  left_.reset();
  under_way_ = false;
}

}  // namespace sallyport::engine
