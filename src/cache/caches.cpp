#include "cache/caches.hpp"

#include "kube/paths.hpp"

namespace sallyport::cache {
namespace {

constexpr std::size_t kPage = 500;
constexpr std::size_t kPageOfRequests = 50;  // each may hold 256 KiB of changes

}  // namespace

Caches::Caches(const boost::asio::any_io_executor& executor, kube::Worker indexer, kube::Api& api,
               const std::function<void()>& changed, const Note& note, RequestObserver requests_observer,
               effects::SharedTable effects)
    : policies(
          "ApprovalPolicy", [this, changed] { publisher.policies_changed(), changed(); }, note),
      cluster_policies(
          "ClusterApprovalPolicy", [this, changed] { publisher.policies_changed(), changed(); }, note),
      namespaces([this, changed] { publisher.namespaces_changed(), changed(); }),
      requests(std::move(requests_observer)),
      publisher(executor, std::move(indexer), policies, cluster_policies, namespaces, std::move(effects)),
      informers{{executor, api, {kube::kApprovalPolicies, kPage}, policies},
                {executor, api, {kube::kClusterApprovalPolicies, kPage}, cluster_policies},
                {executor, api, {kube::kNamespaces, kPage}, namespaces},
                {executor, api, {kube::kApprovalRequests, kPageOfRequests}, requests}} {}

}  // namespace sallyport::cache
