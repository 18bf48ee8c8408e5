#pragma once

#include <cstdint>
#include <string>

#include "engine/seams.hpp"
#include "kube/access_review.hpp"
#include "kube/api.hpp"
#include "kube/event_queue.hpp"
#include "kube/readiness.hpp"

namespace sallyport::kube {

// The engine's Cluster on a real API server. Who made the parts keeps them: they outlive this. Engine's thread.
class KubeCluster final : public engine::Cluster {
 public:
  KubeCluster(Api& api, EventQueue& events, const Readiness& readiness, std::string replica)
      : api_(api), events_(events), readiness_(readiness), replica_(std::move(replica)) {}

  engine::Awaitable<model::ApprovalRequest> read_request(model::RequestKey key) override;
  engine::Awaitable<model::ApprovalRequest> create_request(model::RequestKey key, model::RequestSpec spec) override;
  engine::Awaitable<model::ApprovalRequest> replace_status(model::ApprovalRequest base,
                                                           model::RequestStatus status) override;
  engine::Awaitable<void> delete_request(model::ApprovalRequest base) override;
  engine::Awaitable<bool> may_approve(model::User reviewer, model::RequestKey key) override;
  engine::Awaitable<model::PodFacts> read_pod(std::string namespace_name, std::string name) override;
  engine::Awaitable<std::string> read_uid(model::Resource resource, std::string namespace_name,
                                          std::string name) override;
  engine::Awaitable<std::vector<model::RoleHolder>> read_role_holders(model::RoleName role) override;
  void announce(const model::ApprovalRequest& request, std::string reason, std::string note) override;
  [[nodiscard]] std::optional<std::string> why_not_ready() const override;

 private:
  Api& api_;
  EventQueue& events_;
  const Readiness& readiness_;
  std::string replica_;
  std::uint64_t announced_ = 0;
};

// What a person must be allowed to do in order to approve this request.
[[nodiscard]] Access approving(const model::RequestKey& request);
// What of a pod is bound into a CONNECT's digest.
[[nodiscard]] Result<model::PodFacts> read_pod_facts(const json::Value& pod);

}  // namespace sallyport::kube
