#include "controllers/policy_status.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "kube/paths.hpp"
#include "wire/policy.hpp"

namespace sallyport::controllers {
namespace {

namespace asio = boost::asio;

constexpr Duration kWriteEvery = std::chrono::milliseconds(500);
constexpr Duration kWriteAtLeastEvery = std::chrono::seconds(30);

}  // namespace

asio::awaitable<void> PolicyStatusController::run() {
  auto rest = kWriteEvery;
  while (!runner_.stopping()) {
    co_await runner_.pause(rest);
    bool written = true;
    for (auto* kind : {&caches_.policies, &caches_.cluster_policies}) written = co_await write_all(*kind) && written;
    rest = written ? kWriteEvery : std::min(2 * rest, kWriteAtLeastEvery);
  }
}

asio::awaitable<bool> PolicyStatusController::write_all(cache::PolicyObserver& kind) {
  const auto due = kind.take_due();
  if (due.empty()) co_return true;
  co_await caches_.publisher.publish();  // what is said to be in force is
  bool reachable = true;
  for (const auto& id : due) {
    if (runner_.stopping()) co_return true;
    // One that has changed meanwhile is written once that change has been published.
    if (!reachable || kind.is_due(id)) {
      kind.is_due_again(id);
    } else {
      reachable = co_await write_status(kind, id);
    }
  }
  co_return reachable;
}

// `kind` and `id` belong to write_all, which awaits this.
asio::awaitable<bool> PolicyStatusController::write_status(cache::PolicyObserver& kind, const std::string& id) {
  const auto found = kind.all().find(id);
  if (found == kind.all().end() || kind.status_is_current(found->second)) co_return true;
  const auto ref = found->second.policy.ref;
  auto status = kind.status_of(found->second);
  const auto& written = found->second.written;
  const auto since = [&](const auto& due, const auto& stands) {
    return due.status == stands.status ? stands.last_transition : runner_.clock().now();
  };
  status.ready.last_transition = since(status.ready, written.ready);
  status.is_protected.last_transition = since(status.is_protected, written.is_protected);
  status.guard.last_transition = since(status.guard, written.guard);
  status.effective.last_transition = since(status.effective, written.effective);
  const auto collection = &kind == &caches_.policies ? kube::kApprovalPolicies : kube::kClusterApprovalPolicies;
  const auto path = kube::path_of(collection, ref.namespace_name, ref.name, "status");
  const auto told = co_await api_.send(kube::merge_patch(path, wire::write_policy_status(status)));
  if (told || told.error().code() == ErrorCode::not_found) co_return true;
  spdlog::warn("writing the status of {} {}: {}", ref.kind, ref.name, told.error().message());
  kind.is_due_again(id);
  co_return false;
}

}  // namespace sallyport::controllers
