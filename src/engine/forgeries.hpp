#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "engine/examine.hpp"
#include "engine/seams.hpp"

namespace sallyport::engine {

// Tells people of what others have written as if they were Sallyport, and of what another version of Sallyport has: in
// the log and by an Event, once each as long as the request stands. Engine's thread.
class Forgeries {
 public:
  Forgeries(Cluster& cluster, Journal& journal) : cluster_(cluster), journal_(journal) {}

  void report(const model::ApprovalRequest& request, const Sealed& sealed);
  // A decision that is sealed, and none that Sallyport would have made.
  void report_decision(const model::ApprovalRequest& request, const std::string& why);
  void forget(const std::string& request_uid);

  // Requests that stand with such a decision.
  [[nodiscard]] std::size_t decisions() const { return decisions_.size(); }
  // Requests of which something was told.
  [[nodiscard]] std::size_t remembered() const { return reported_.size(); }

  // Of one request so many things are told, and so many requests are remembered: those beyond are told of once more.
  static constexpr std::size_t kMostOfOne = 32;
  static constexpr std::size_t kMostRequests = 10'000;

 private:
  bool is_news(const model::ApprovalRequest& request, const std::string& what);

  Cluster& cluster_;
  Journal& journal_;
  std::map<std::string, std::set<std::string>> reported_;  // by the request's uid
  std::set<std::string> decisions_;                        // uids
};

}  // namespace sallyport::engine
