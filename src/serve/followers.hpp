#pragma once

#include <functional>

#include <boost/asio/any_io_executor.hpp>

#include "kube/api.hpp"
#include "kube/informer.hpp"
#include "serve/followed.hpp"
#include "serve/publisher.hpp"

namespace sallyport::serve {

// What must have been proven lately for anything to be decided (kube::Readiness).
inline constexpr auto kCaches = "policies and namespaces";
inline constexpr auto kAdmissionPolicy = "the admission policy";

// The four watches of a replica, and what is made of them. Engine's thread.
struct Followers {
  Followers(const boost::asio::any_io_executor& executor, kube::Api& api, const std::function<void()>& changed,
            const Note& note, FollowedRequests followed_requests);

  FollowedPolicies policies;
  FollowedPolicies cluster_policies;
  FollowedNamespaces namespaces;
  FollowedRequests requests;
  Publisher publisher;
  kube::Informer informers[4];  // in the order above
};

}  // namespace sallyport::serve
