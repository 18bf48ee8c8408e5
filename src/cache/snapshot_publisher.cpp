#include "cache/snapshot_publisher.hpp"

#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sallyport::cache {
namespace {

constexpr std::size_t kPolicyBytes = 2048;  // roughly, for whether a worker is worth the way

}  // namespace

void SnapshotPublisher::set_path(admission::WebhookPath path) {
  current_.path = std::move(path);
  hand_out();
}

void SnapshotPublisher::set_guard(std::shared_ptr<const policy::Guard> guard) {
  current_.guard = std::move(guard);
  hand_out();
}

boost::asio::awaitable<void> SnapshotPublisher::confirm(Duration as_of) {
  co_await publish();
  current_.freshness = {as_of};
  hand_out();
}

bool SnapshotPublisher::stands(const policy::Basis& basis) const {
  return current_.policies &&
         policy::stands(basis, *current_.policies, current_.find_namespace(basis.envelope.namespace_name));
}

bool SnapshotPublisher::has(const model::PolicyRef& policy) const {
  const auto& followed = policy.namespace_name.empty() ? cluster_policies_ : policies_;
  const auto found = followed.all().find(policy.namespace_name + "/" + policy.name);
  return found != followed.all().end() && found->second.policy.ref.uid == policy.uid;
}

// Whatever becomes of it, others have their turn.
class SnapshotPublisher::Building {
 public:
  explicit Building(SnapshotPublisher& publisher) : publisher_(publisher) { publisher_.building_ = true; }
  ~Building() {
    publisher_.building_ = false;
    publisher_.built_.cancel();
  }
  Building(const Building&) = delete;
  Building& operator=(const Building&) = delete;

 private:
  SnapshotPublisher& publisher_;
};

// One index at a time: who comes meanwhile waits for it, and makes the next one if something has changed since.
boost::asio::awaitable<void> SnapshotPublisher::publish() {
  while (building_) co_await built_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  const auto stale = std::exchange(stale_, {false, false});
  if (!stale.policies && !stale.namespaces) co_return;
  try {
    co_await publish_stale(stale);
  } catch (...) {
    // What could not be published is still to be: nobody may confirm what was in force before it.
    stale_ = {stale_.policies || stale.policies, stale_.namespaces || stale.namespaces};
    throw;
  }
}

boost::asio::awaitable<void> SnapshotPublisher::publish_stale(Stale stale) {
  std::shared_ptr<const NamespaceObserver::Facts> namespaces;
  if (stale.namespaces) namespaces = std::make_shared<const NamespaceObserver::Facts>(namespaces_.all());
  if (stale.policies) current_.policies = co_await build_index();
  if (namespaces) current_.namespaces = std::move(namespaces);  // together: neither is ahead of the other
  hand_out();
  tell_();
}

boost::asio::awaitable<std::shared_ptr<const policy::PolicyIndex>> SnapshotPublisher::build_index() {
  std::vector<model::Policy> all;
  for (const auto* followed : {&policies_, &cluster_policies_}) {
    for (const auto& [id, one] : followed->all()) all.push_back(one.policy);
  }
  const auto bytes = all.size() * kPolicyBytes;
  const Building building(*this);
  co_return co_await indexer_.run(bytes, [all = std::move(all), effects = effects_]() mutable {
    return std::make_shared<const policy::PolicyIndex>(std::move(all), std::move(effects));
  });
}

}  // namespace sallyport::cache
