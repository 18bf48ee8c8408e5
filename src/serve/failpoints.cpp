#include "serve/failpoints.hpp"

#include <csignal>
#include <string_view>

#include "base/failpoint.hpp"

namespace sallyport::serve {

#ifndef SALLYPORT_FAILPOINTS

std::unique_ptr<engine::Cluster> with_failpoints(std::unique_ptr<engine::Cluster> cluster) {
  return cluster;
}

#else

namespace {

using model::ApprovalRequest;

void die_at(std::string_view point) {
  if (is_failpoint_set(point)) std::raise(SIGKILL);
}

class FailingCluster : public engine::Cluster {
 public:
  explicit FailingCluster(std::unique_ptr<engine::Cluster> cluster) : cluster_(std::move(cluster)) {}

  engine::Awaitable<ApprovalRequest> read_request(model::RequestKey key) override {
    return cluster_->read_request(std::move(key));
  }
  engine::Awaitable<ApprovalRequest> create_request(model::RequestKey key, model::RequestSpec spec) override {
    return cluster_->create_request(std::move(key), std::move(spec));
  }
  engine::Awaitable<ApprovalRequest> replace_status(ApprovalRequest base, model::RequestStatus status) override {
    const bool is_use = status.uses.size() > base.status.uses.size();
    if (is_use) die_at("after-intent");
    auto replaced = co_await cluster_->replace_status(std::move(base), std::move(status));
    if (is_use) die_at("after-compare-and-set");
    co_return replaced;
  }
  engine::Awaitable<void> delete_request(ApprovalRequest base) override {
    return cluster_->delete_request(std::move(base));
  }
  engine::Awaitable<bool> may_approve(model::User reviewer, model::RequestKey key) override {
    return cluster_->may_approve(std::move(reviewer), std::move(key));
  }
  engine::Awaitable<model::PodFacts> read_pod(std::string namespace_name, std::string name) override {
    return cluster_->read_pod(std::move(namespace_name), std::move(name));
  }
  engine::Awaitable<std::string> read_uid(model::Resource resource, std::string namespace_name,
                                          std::string name) override {
    return cluster_->read_uid(std::move(resource), std::move(namespace_name), std::move(name));
  }
  engine::Awaitable<std::vector<model::RoleHolder> > read_role_holders(model::RoleName role) override {
    return cluster_->read_role_holders(std::move(role));
  }
  void announce(const ApprovalRequest& request, std::string reason, std::string note) override {
    if (reason == "Used") die_at("before-answer");
    cluster_->announce(request, std::move(reason), std::move(note));
  }
  [[nodiscard]] std::optional<std::string> why_not_ready() const override { return cluster_->why_not_ready(); }

 private:
  std::unique_ptr<engine::Cluster> cluster_;
};

}  // namespace

std::unique_ptr<engine::Cluster> with_failpoints(std::unique_ptr<engine::Cluster> cluster) {
  return std::make_unique<FailingCluster>(std::move(cluster));
}

#endif

}  // namespace sallyport::serve
