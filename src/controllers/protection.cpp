#include "controllers/protection.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "keys/own_keys.hpp"

namespace sallyport::controllers {
namespace {

namespace asio = boost::asio;

constexpr Duration kAskEvery = std::chrono::seconds(1);  // a share of the questions

}  // namespace

asio::awaitable<void> Protection::run() {
  bool failing = false;
  while (!runner_.stopping()) {
    const auto begun = runner_.clock().steady();
    const auto asked = co_await rights_.ask(drifted_.empty());
    if (!asked && !failing) spdlog::warn("{}; trying again", asked.error().message());
    failing = !asked;
    if (asked && rights_.is_known()) {
      rights_around_ = rights_.why_unprotected();
      rights_known_ = true;
      tell();
    }
    co_await runner_.pause(std::max(Duration::zero(), kAskEvery - (runner_.clock().steady() - begun)));
  }
}

// The admission policy and its binding must stand for anything to be decided. Where the gate itself is gone or changed,
// agents pass, and all that is left is to say so.
asio::awaitable<void> Protection::look_for_drift() {
  const auto as_of = runner_.clock().steady();
  const auto found = co_await kube::find_drift(api_, &gate_);
  if (!found) {
    spdlog::warn("{}", found.error().message());
    co_return;
  }
  drifted_.clear();
  for (const auto& drift : *found) drifted_.emplace(drift.part->role, drift);
  const auto undecided = std::ranges::find_if(*found, [](const auto& drift) { return drift.part->member == "spec"; });
  if (undecided == found->end()) {
    readiness_.confirm(cache::kAdmissionPolicy, as_of);
  } else {
    readiness_.refuse(cache::kAdmissionPolicy, undecided->what);
  }
  tell();
}

void Protection::set_keys_missing(std::string missing) {
  if (missing == keys_missing_) return;
  keys_missing_ = std::move(missing);
  tell();
}

std::string Protection::why_unprotected() const {
  const auto gate = drifted_.find(kube::kGateRole);
  if (gate != drifted_.end()) return gate->second.what + ", so agents may pass without being asked";
  if (!drifted_.empty()) return drifted_.begin()->second.what;
  if (rights_around_) return *rights_around_;
  return keys_missing_.empty() ? "" : keys::kKeyMissing + keys_missing_;
}

std::vector<std::pair<std::string_view, bool>> Protection::drifted() const {
  std::vector<std::pair<std::string_view, bool>> parts;
  parts.reserve(gate_.parts.size());
  for (const auto& part : gate_.parts) parts.emplace_back(part.role, drifted_.contains(part.role));
  return parts;
}

void Protection::tell() {
  if (!rights_known_) return;  // of the rest nothing is said before all of it is known
  const auto why = why_unprotected();
  if (told_ == why) return;
  const auto remedy = drifted_.empty() ? "" : drifted_.begin()->second.remedy;
  if (!why.empty()) spdlog::error("Unprotected: {}. {}", why, remedy.empty() ? "" : "To mend it: " + remedy);
  if (why.empty() && told_) spdlog::info("protected again");
  if (!why.empty() || told_) {
    model::LogRecord record{why.empty() ? "protected" : "unprotected"};
    record.fields.set("why", why);
    journal_.append_async(std::move(record));
  }
  told_ = why;
  const auto told = why.empty() ? std::nullopt : std::optional(why);
  caches_.policies.set_unprotected(told);
  caches_.cluster_policies.set_unprotected(told);
}

}  // namespace sallyport::controllers
