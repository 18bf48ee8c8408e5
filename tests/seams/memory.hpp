#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "engine/seams.hpp"

// The engine's seams in memory, on one thread and in virtual time. They are no mocks: tests/contract holds them to the
// same suite as the real ones, so what passes here is meant to pass there. What the real world does rarely (answers
// lost, discs that fail) they do when told.
namespace sallyport::seams {

class MemoryClock : public engine::AlarmClock {
 public:
  explicit MemoryClock(boost::asio::io_context& io) : io_(io) {}

  [[nodiscard]] Instant now() const override { return start_ + steady_; }
  [[nodiscard]] Duration steady() const override { return steady_; }
  [[nodiscard]] std::unique_ptr<engine::Alarm> make_alarm() override;

  // Runs what can run now, then moves time on to the next alarm, again and again, until `span` has gone by.
  void advance(Duration span);
  void settle() { advance(Duration::zero()); }

 private:
  friend class MemoryAlarm;
  boost::asio::io_context& io_;
  Instant start_ = Instant(std::chrono::hours(24 * 365 * 55));
  Duration steady_{};
  std::multimap<Duration, std::function<void()>> alarms_;
};

// The same bytes in each run, and other ones at each call.
class MemoryRandom : public Random {
 public:
  [[nodiscard]] Secret bytes(std::size_t count) override;

 private:
  std::uint64_t calls_ = 0;
};

// How long something takes, asked anew each time; none: no time.
using Latency = std::function<Duration()>;

class MemoryCluster : public engine::Cluster {
 public:
  // What becomes of the next writes to what is there (replace_status, delete_request), one each; empty: they work.
  enum class Fault { refused_unsent, lost_landed, lost_never_lands, lost_lands_later };

  MemoryCluster(boost::asio::io_context& io, MemoryClock& clock) : io_(io), clock_(clock) {}

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
  [[nodiscard]] std::optional<std::string> why_not_ready() const override { return not_ready; }

  // People's and the world's side.
  void append_review(const model::RequestKey& key, model::Review review);
  void remove(const model::RequestKey& key);
  void land_later_now();  // the writes that were to land later
  [[nodiscard]] model::ApprovalRequest& at(const model::RequestKey& key) { return requests_.at(key); }
  [[nodiscard]] std::vector<model::ApprovalRequest> all() const;

  std::optional<std::string> not_ready;
  Latency latency;  // of each way: of a call until it takes effect, and of its answer
  std::set<model::RequestKey> unreadable;
  std::map<model::RequestKey, std::size_t> reads;
  std::deque<Fault> faults;
  std::vector<std::string> approvers;  // who has the verb
  std::vector<std::string> events;     // reasons, in order
  std::vector<std::string> notes;      // of these events
  // Once, while the next read's answer is on its way.
  std::function<void()> while_a_read_is_answered;
  std::function<void()> while_a_delete_is_sent;  // the next one
  std::function<void()> while_a_pod_is_read;     // each
  std::set<std::string> not_there;               // names of objects
  std::string account_of_pods = "default";
  std::vector<model::RoleHolder> role_holders;  // of whatever role
  std::optional<Error> why_unread;              // what is read of roles
  std::function<Instant()> now = [] { return Instant{}; };
  std::function<void(const model::ApprovalRequest&)> watch = [](const auto&) {};
  std::function<void(const model::ApprovalRequest&)> watch_removed = [](const auto&) {};

 private:
  boost::asio::awaitable<void> call_is_sent();
  boost::asio::awaitable<void> answer_is_sent();
  // What becomes of a write whose answer may be lost.
  template <typename T>
  Result<T> land(std::function<Result<T>()> write);
  Result<void> erase(const model::ApprovalRequest& base);
  Result<model::ApprovalRequest> swap(const model::ApprovalRequest& base, const model::RequestStatus& status);
  void touch(model::ApprovalRequest& request);

  boost::asio::io_context& io_;
  MemoryClock& clock_;
  std::map<model::RequestKey, model::ApprovalRequest> requests_;
  std::vector<std::function<void()>> later_;
  std::uint64_t version_ = 100;
  std::uint64_t uids_ = 0;
};

class MemoryJournal : public engine::Journal {
 public:
  explicit MemoryJournal(MemoryClock& clock, std::string stream = "memory")
      : clock_(clock), stream_(std::move(stream)) {}

  engine::Awaitable<model::LogPosition> append(model::LogRecord record) override;
  void append_async(model::LogRecord record) override;
  [[nodiscard]] std::uint64_t written_today(const std::string& agent) const override;

  [[nodiscard]] std::size_t count(std::string_view event) const;
  // The records of an event whose field has this value.
  [[nodiscard]] std::size_t count(std::string_view event, std::string_view field, std::string_view value) const;

  // The process ends without warning: what is not on disk is lost.
  void crash();
  // What a process that starts now must close: the intents without an outcome, as the log's lines.
  [[nodiscard]] std::vector<json::Value> open_intents() const;

  bool broken = false;
  Latency sync_time;
  std::vector<model::LogRecord> records;

 private:
  MemoryClock& clock_;
  std::string stream_;
  std::size_t on_disk_ = 0;
  std::size_t crashes_ = 0;
};

}  // namespace sallyport::seams
