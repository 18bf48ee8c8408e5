#include "engine/forgeries.hpp"

#include "engine/records.hpp"

namespace sallyport::engine {

bool Forgeries::is_news(const model::ApprovalRequest& request, const std::string& what) {
  if (reported_.size() >= kMostRequests && !reported_.contains(request.uid)) reported_.clear();
  auto& reported = reported_[request.uid];
  return reported.size() < kMostOfOne && reported.insert(what).second;
}

void Forgeries::report(const model::ApprovalRequest& request, const Sealed& sealed) {
  if (!sealed.unknown.empty() && is_news(request, "unknown")) {
    const auto& what = sealed.unknown.front();
    journal_.append_async(records::unknown_form(request, what));
    cluster_.announce(request, "UnknownForm",
                      what + " is of another version of Sallyport: this one does nothing about the request");
  }
  for (const auto& what : sealed.forged) {
    if (!is_news(request, what)) continue;
    journal_.append_async(records::forged(request, what));
    cluster_.announce(request, "Forged", what + " was not made by Sallyport: it counts for nothing");
  }
  if (!sealed.underived.empty()) report_decision(request, sealed.underived);
}

void Forgeries::report_decision(const model::ApprovalRequest& request, const std::string& why) {
  decisions_.insert(request.uid);
  if (!is_news(request, "status.decision: " + why)) return;
  journal_.append_async(records::forged_decision(request, why));
  cluster_.announce(request, "Forged",
                    "The decision carries Sallyport's seal, but Sallyport did not make it: " + why +
                        ". It grants nothing. Somebody has the key of seals. Delete the request");
}

void Forgeries::forget(const std::string& request_uid) {
  reported_.erase(request_uid);
  decisions_.erase(request_uid);
}

}  // namespace sallyport::engine
