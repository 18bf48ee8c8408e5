#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/instant.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "model/log_record.hpp"
#include "model/request.hpp"
#include "model/role.hpp"

// All the engine asks of the world. kube + journal + serve make them real; tests/contract holds in-memory ones to the
// same suite.
//
// Threads: the engine calls everything here on its own thread, and is answered there. A function that says "any thread"
// may be called from others, too, and an awaitable completes on the executor of the coroutine that awaits it. All else
// is for the engine's thread alone.
namespace sallyport::engine {

template <typename T>
using Awaitable = boost::asio::awaitable<Result<T>>;

class Cluster {
 public:
  virtual ~Cluster() = default;

  // A quorum read: never from a cache. not_found if there is none.
  virtual Awaitable<model::ApprovalRequest> read_request(model::RequestKey key) = 0;
  // already_exists is the lock between replicas that open the same request at once.
  virtual Awaitable<model::ApprovalRequest> create_request(model::RequestKey key, model::RequestSpec spec) = 0;
  // Compare-and-set of the status on `resource_version`: the only lock. conflict: someone was first. unknown_outcome:
  // it may have happened or may yet happen; only a second compare-and-set on the same resourceVersion can tell.
  virtual Awaitable<model::ApprovalRequest> replace_status(model::ApprovalRequest base,
                                                           model::RequestStatus status) = 0;
  // Only if it is still this one, at this resourceVersion; conflict: it is not. not_found, unknown_outcome as above.
  virtual Awaitable<void> delete_request(model::ApprovalRequest base) = 0;

  // SubjectAccessReview: verb `approve` on this approvalrequest.
  virtual Awaitable<bool> may_approve(model::User reviewer, model::RequestKey key) = 0;
  virtual Awaitable<model::PodFacts> read_pod(std::string namespace_name, std::string name) = 0;
  // The uid of an object; `subresource` does not count.
  virtual Awaitable<std::string> read_uid(model::Resource resource, std::string namespace_name, std::string name) = 0;

  // Whom bindings give the role, or a ClusterRole that gathers its rules, at this moment: each once. The role need not
  // be there.
  virtual Awaitable<std::vector<model::RoleHolder>> read_role_holders(model::RoleName role) = 0;

  // A Kubernetes Event on the request (events.k8s.io/v1). Best effort: nothing waits for it.
  virtual void announce(const model::ApprovalRequest& request, std::string reason, std::string note) = 0;

  // Why nothing may be decided now: clock more than 5 s from the API server's, admission policy not as shipped, or not
  // confirmed for 15 s. Nothing: it may.
  [[nodiscard]] virtual std::optional<std::string> why_not_ready() const = 0;
};

// Any thread: I/O threads log what they have let through without asking the engine.
class Journal {
 public:
  virtual ~Journal() = default;

  // Appends the record to this replica's stream and returns once it is on disk (fsync, shared with other writers).
  // After an error nothing more is ever appended to that file: every later call fails as well, until the process starts
  // anew.
  virtual Awaitable<model::LogPosition> append(model::LogRecord record) = 0;
  // The same without waiting for the disk; an error shows in the next append that waits.
  virtual void append_async(model::LogRecord record) = 0;
  // How many bytes of records whose field `agent` names it were appended or noted since the day (UTC) began, or since
  // this process did.
  [[nodiscard]] virtual std::uint64_t written_today(const std::string& agent) const = 0;
};

// A wait that ends at a time or when somebody rings, whichever is first. One waiter; a ring before the wait is kept.
class Alarm {
 public:
  virtual ~Alarm() = default;
  // true: rung. false: the time has come.
  virtual boost::asio::awaitable<bool> wait(Duration at_most) = 0;
  virtual void ring() = 0;
};

// What time it is (any thread), and waking at a time.
class AlarmClock : public Clock {
 public:
  [[nodiscard]] virtual std::unique_ptr<Alarm> make_alarm() = 0;
};

}  // namespace sallyport::engine
