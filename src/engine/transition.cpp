#include "engine/transition.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "engine/records.hpp"

namespace sallyport::engine {
namespace {

bool same_place(const model::LogPosition& a, const model::LogPosition& b) {
  return a.stream == b.stream && a.seq == b.seq;
}

}  // namespace

std::string new_intent_id(Random& random) {
  const auto secret = random.bytes(10);
  const auto bytes = secret.reveal();
  return base32({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

bool carries(const model::RequestStatus& status, const model::LogPosition& log) {
  if (status.decision && same_place(status.decision->log, log)) return true;
  if (status.revocation && same_place(status.revocation->log, log)) return true;
  return std::ranges::any_of(status.uses, [&](const auto& use) { return same_place(use.log, log); });
}

Awaitable<Step> Transitions::take(Intent intent, model::ApprovalRequest base, NextStatus next) {
  const auto id = new_intent_id(random_);
  const auto log = co_await journal_.append(records::intent(id, intent.kind, base, std::move(intent.fields)));
  if (!log) co_return fail(log.error().while_doing("writing the log"));

  auto landed = co_await cluster_.replace_status(base, next(*log));
  if (landed) {
    journal_.append_async(records::outcome(id, "done", *landed));
    co_return Step{WriteOutcome::landed, std::move(*landed)};
  }
  switch (landed.error().code()) {
    case ErrorCode::conflict:
    case ErrorCode::not_found:
      journal_.append_async(records::outcome(id, "lost", base));
      co_return Step{WriteOutcome::not_landed, {}};
    case ErrorCode::unknown_outcome:
    case ErrorCode::cancelled:
    case ErrorCode::internal:
      co_return co_await settle(id, std::move(base), *log);
    default:
      journal_.append_async(records::outcome(id, "failed", base));
      co_return fail(landed.error());
  }
}

// A write whose answer was lost may still be on its way, so reading proves nothing. A second compare-and-set on the
// same resourceVersion does: if it wins, the first can no longer land; if it loses, what stands there now is the
// outcome.
Awaitable<Step> Transitions::settle(std::string id, model::ApprovalRequest base, model::LogPosition log) {
  auto fenced = base.status;
  fenced.fence = id;
  const auto fence = co_await cluster_.replace_status(base, fenced);
  if (fence) {
    journal_.append_async(records::outcome(id, "failed", *fence));
    co_return Step{WriteOutcome::not_landed, {}};
  }
  if (fence.error().code() == ErrorCode::conflict || fence.error().code() == ErrorCode::not_found) {
    auto now = co_await cluster_.read_request(base.key);
    if (now && now->uid == base.uid) {
      const bool ours = carries(now->status, log);
      journal_.append_async(records::outcome(id, ours ? "done" : "lost", *now));
      if (ours) co_return Step{WriteOutcome::landed, std::move(*now)};
      co_return Step{WriteOutcome::not_landed, {}};
    }
    if (now || now.error().code() == ErrorCode::not_found) {
      journal_.append_async(records::outcome(id, "lost", base));
      co_return Step{WriteOutcome::not_landed, {}};
    }
  }
  journal_.append_async(records::outcome(id, "unknown", base));
  co_return Step{WriteOutcome::unknown, {}};
}

}  // namespace sallyport::engine
