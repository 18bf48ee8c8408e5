#pragma once

#include <functional>

#include <boost/asio/any_io_executor.hpp>

#include "cache/namespace_observer.hpp"
#include "cache/policy_observer.hpp"
#include "cache/request_observer.hpp"
#include "cache/snapshot_publisher.hpp"
#include "effects/table.hpp"
#include "kube/api.hpp"
#include "kube/informer.hpp"

namespace sallyport::cache {

// What must have been proven lately for anything to be decided (kube::Readiness).
inline constexpr auto kCaches = "policies and namespaces";
inline constexpr auto kAdmissionPolicy = "the admission policy";

// The watches, in the order that Caches has them.
inline constexpr const char* kInformerNames[] = {"informer-policies", "informer-cluster-policies",
                                                 "informer-namespaces", "informer-requests"};

// The four watches of a replica, and what is made of them. Engine's thread.
struct Caches {
  Caches(const boost::asio::any_io_executor& executor, kube::Worker indexer, kube::Api& api,
         const std::function<void()>& changed, const Note& note, RequestObserver requests_observer,
         effects::SharedTable effects);

  PolicyObserver policies;
  PolicyObserver cluster_policies;
  NamespaceObserver namespaces;
  RequestObserver requests;
  SnapshotPublisher publisher;
  kube::Informer informers[4];  // in the order above; all but the last must be fresh for anything to be decided
  [[nodiscard]] kube::Informer& requests_informer() { return informers[3]; }
};

}  // namespace sallyport::cache
