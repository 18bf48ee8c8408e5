#include "engine/landings.hpp"

#include <utility>

#include "engine/records.hpp"
#include "engine/settings.hpp"

namespace sallyport::engine {
namespace {

constexpr Duration kOthersAcceptAfter = std::chrono::seconds(10);
// The API server ends a write before.
constexpr Duration kStampLives = std::chrono::minutes(2);
// What is older was accepted in its time, in one log or another.
constexpr Duration kRecent = std::chrono::hours(1);

}  // namespace

bool Landings::is_accepted(const std::string& request_uid, const std::string& seal) const {
  const auto found = accepted_.find(request_uid);
  return found != accepted_.end() && found->second.contains(seal);
}

void Landings::stamped(const std::string& seal, model::LogRecord accepted) {
  stamps_.insert_or_assign(seal, Stamp{std::move(accepted), clock_.steady()});
}

bool Landings::saw(const model::ApprovalRequest& request, const Sealed& sealed) {
  bool is_mine = false;
  for (std::size_t i = 0; i < sealed.reviews.size(); ++i) is_mine = see(request, sealed, i);
  sweep();
  return is_mine;
}

bool Landings::see(const model::ApprovalRequest& request, const Sealed& sealed, std::size_t which) {
  const auto& review = sealed.reviews[which];
  if (is_accepted(request.uid, review.seal)) return false;
  auto stamp = stamps_.extract(review.seal);
  if (!stamp.empty()) {
    auto record = std::move(stamp.mapped().record);
    record.fields.set("seen", request.resource_version);
    seen_.insert_or_assign(review.seal, Seen{request.uid, std::move(record), clock_.steady()});
    return true;
  }
  if (callers_proven_ || seen_.contains(review.seal) || clock_.now() - review.time > kRecent) return false;
  seen_.emplace(review.seal, Seen{request.uid, records::review_seen(request, sealed.reviews, which),
                                  clock_.steady() + kOthersAcceptAfter});
  return false;
}

void Landings::accept_all(const model::ApprovalRequest& request, const Sealed& sealed) {
  if (cluster_.why_not_ready()) return;
  for (std::size_t i = 0; i < sealed.reviews.size(); ++i) {
    const auto& seal = sealed.reviews[i].seal;
    see(request, sealed, i);
    if (auto seen = seen_.extract(seal); !seen.empty()) {
      accept(seal, std::move(seen.mapped()));
    } else if (!callers_proven_ && !is_accepted(request.uid, seal)) {
      accept(seal, {request.uid, records::review_seen(request, sealed.reviews, i), {}});
    }
  }
}

void Landings::accept(const std::string& seal, Seen seen) {
  // With a proven caller the stamp's record was it.
  if (!callers_proven_) journal_.append_async(std::move(seen.record));
  accepted_[seen.request_uid].insert(seal);
}

void Landings::sweep() {
  std::erase_if(stamps_, [&](const auto& stamp) { return clock_.steady() - stamp.second.since > kStampLives; });
  // While the admission policy does not stand, what is in etcd may be anybody's.
  if (cluster_.why_not_ready()) return;
  std::erase_if(seen_, [&](auto& seen) {
    if (clock_.steady() < seen.second.due) return false;
    accept(seen.first, std::move(seen.second));
    return true;
  });
}

void Landings::forget(const std::string& request_uid) {
  accepted_.erase(request_uid);
  std::erase_if(seen_, [&](const auto& seen) { return seen.second.request_uid == request_uid; });
}

}  // namespace sallyport::engine
