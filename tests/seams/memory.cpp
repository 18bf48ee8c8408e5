#include "seams/memory.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "json/json.hpp"

namespace sallyport::seams {

namespace asio = boost::asio;
using model::ApprovalRequest;

// Waits on a timer that never ends by itself: only `ring` and the virtual clock cancel it.
class MemoryAlarm : public engine::Alarm {
 public:
  explicit MemoryAlarm(MemoryClock& clock) : clock_(clock), timer_(std::make_shared<asio::steady_timer>(clock.io_)) {}

  asio::awaitable<bool> wait(Duration at_most) override {
    if (!rung_) {
      timer_->expires_at(asio::steady_timer::time_point::max());
      clock_.alarms_.emplace(clock_.steady_ + at_most, [timer = std::weak_ptr(timer_)] {
        if (const auto alive = timer.lock()) alive->cancel();
      });
      co_await timer_->async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return std::exchange(rung_, false);
  }

  void ring() override {
    rung_ = true;
    timer_->cancel();
  }

 private:
  MemoryClock& clock_;
  std::shared_ptr<asio::steady_timer> timer_;
  bool rung_ = false;
};

std::unique_ptr<engine::Alarm> MemoryClock::make_alarm() {
  return std::make_unique<MemoryAlarm>(*this);
}

void MemoryClock::advance(Duration span) {
  const auto until = steady_ + span;
  for (;;) {
    io_.restart();
    io_.poll();
    if (alarms_.empty() || alarms_.begin()->first > until) break;
    const auto next = alarms_.begin();
    steady_ = std::max(steady_, next->first);
    const auto ring = std::move(next->second);
    alarms_.erase(next);
    ring();
  }
  steady_ = until;
}

Secret MemoryRandom::bytes(std::size_t count) {
  std::string bytes;
  while (bytes.size() < count) {
    const auto sum = sha256("random " + std::to_string(++calls_));
    bytes.append(sum.begin(), sum.end());
  }
  bytes.resize(count);
  return Secret(std::move(bytes));
}

asio::awaitable<void> MemoryCluster::call_is_sent() {
  co_await asio::post(io_, asio::use_awaitable);
  co_await answer_is_sent();
}

asio::awaitable<void> MemoryCluster::answer_is_sent() {
  if (!latency) co_return;
  const auto arrives = clock_.make_alarm();
  co_await arrives->wait(latency());
}

engine::Awaitable<ApprovalRequest> MemoryCluster::read_request(model::RequestKey key) {
  co_await call_is_sent();
  ++reads[key];
  if (unreadable.contains(key)) co_return fail(ErrorCode::unavailable, "the API server does not answer");
  const auto found = requests_.find(key);
  if (found == requests_.end()) co_return fail(ErrorCode::not_found, to_string(key) + " is not there");
  auto answer = found->second;
  if (auto meanwhile = std::exchange(while_a_read_is_answered, nullptr)) {
    meanwhile();
    co_await asio::post(io_, asio::use_awaitable);
  }
  co_await answer_is_sent();
  co_return answer;
}

engine::Awaitable<ApprovalRequest> MemoryCluster::create_request(model::RequestKey key, model::RequestSpec spec) {
  co_await call_is_sent();
  if (requests_.contains(key)) co_return fail(ErrorCode::already_exists, to_string(key) + " is there already");
  ApprovalRequest request;
  request.key = key;
  request.uid = "uid-" + std::to_string(++uids_);
  request.created = now();
  request.spec = std::move(spec);
  touch(request);
  requests_[key] = request;
  watch(request);
  co_await answer_is_sent();
  co_return request;
}

engine::Awaitable<ApprovalRequest> MemoryCluster::replace_status(ApprovalRequest base, model::RequestStatus status) {
  co_await call_is_sent();
  auto landed = land<ApprovalRequest>([this, base, status] { return swap(base, status); });
  co_await answer_is_sent();
  co_return landed;
}

engine::Awaitable<void> MemoryCluster::delete_request(ApprovalRequest base) {
  co_await call_is_sent();
  if (auto meanwhile = std::exchange(while_a_delete_is_sent, nullptr)) meanwhile();
  auto landed = land<void>([this, base] { return erase(base); });
  co_await answer_is_sent();
  co_return landed;
}

template <typename T>
Result<T> MemoryCluster::land(std::function<Result<T>()> write) {
  if (faults.empty()) return write();
  const auto fault = faults.front();
  faults.pop_front();
  switch (fault) {
    case Fault::refused_unsent:
      return fail(ErrorCode::unavailable, "connection refused");
    case Fault::lost_landed:
      (void)write();
      break;
    case Fault::lost_lands_later:
      later_.emplace_back([write] { (void)write(); });
      break;
    case Fault::lost_never_lands:
      break;
  }
  return fail(ErrorCode::unknown_outcome, "no answer");
}

Result<void> MemoryCluster::erase(const ApprovalRequest& base) {
  const auto found = requests_.find(base.key);
  if (found == requests_.end()) return fail(ErrorCode::not_found, to_string(base.key) + " is not there");
  if (found->second.uid != base.uid || found->second.resource_version != base.resource_version) {
    return fail(ErrorCode::conflict, to_string(base.key) + " has changed");
  }
  remove(base.key);
  return {};
}

Result<ApprovalRequest> MemoryCluster::swap(const ApprovalRequest& base, const model::RequestStatus& status) {
  const auto found = requests_.find(base.key);
  if (found == requests_.end()) return fail(ErrorCode::not_found, to_string(base.key) + " is not there");
  if (found->second.uid != base.uid || found->second.resource_version != base.resource_version) {
    return fail(ErrorCode::conflict, to_string(base.key) + " has changed");
  }
  found->second.status = status;
  touch(found->second);
  watch(found->second);
  return found->second;
}

void MemoryCluster::touch(ApprovalRequest& request) {
  request.resource_version = std::to_string(++version_);
}

engine::Awaitable<bool> MemoryCluster::may_approve(model::User reviewer, model::RequestKey) {
  co_await call_is_sent();
  co_return std::ranges::find(approvers, reviewer.username) != approvers.end();
}

engine::Awaitable<std::string> MemoryCluster::read_uid(model::Resource, std::string, std::string name) {
  co_await call_is_sent();
  if (not_there.contains(name)) co_return fail(ErrorCode::not_found, name + " is not there");
  co_return "uid-of-" + name;
}

engine::Awaitable<model::PodFacts> MemoryCluster::read_pod(std::string, std::string name) {
  co_await call_is_sent();
  if (while_a_pod_is_read) while_a_pod_is_read();
  if (not_there.contains(name)) co_return fail(ErrorCode::not_found, name + " is not there");
  co_return model::PodFacts{"uid-of-" + name, {}, account_of_pods};
}

engine::Awaitable<std::vector<model::RoleHolder>> MemoryCluster::read_role_holders(model::RoleName) {
  co_await call_is_sent();
  if (why_unread) co_return fail(*why_unread);
  co_return role_holders;
}

void MemoryCluster::announce(const ApprovalRequest&, std::string reason, std::string note) {
  events.push_back(std::move(reason));
  notes.push_back(std::move(note));
}

void MemoryCluster::append_review(const model::RequestKey& key, model::Review review) {
  auto& request = requests_.at(key);
  request.spec.reviews.push_back(std::move(review));
  touch(request);
  watch(request);
}

void MemoryCluster::remove(const model::RequestKey& key) {
  const auto request = requests_.at(key);
  requests_.erase(key);
  watch_removed(request);
}

void MemoryCluster::land_later_now() {
  for (const auto& write : std::exchange(later_, {})) write();
}

std::vector<ApprovalRequest> MemoryCluster::all() const {
  std::vector<ApprovalRequest> list;
  for (const auto& [key, request] : requests_) list.push_back(request);
  return list;
}

engine::Awaitable<model::LogPosition> MemoryJournal::append(model::LogRecord record) {
  if (broken) co_return fail(ErrorCode::unavailable, "the disk is full");
  records.push_back(std::move(record));
  const auto seq = records.size();
  const auto crashes = crashes_;
  if (sync_time) {
    const auto synced = clock_.make_alarm();
    co_await synced->wait(sync_time());
  }
  if (crashes != crashes_) co_return fail(ErrorCode::unavailable, "the process has ended");
  on_disk_ = std::max(on_disk_, seq);
  co_return model::LogPosition{stream_, seq, "head-" + std::to_string(seq)};
}

void MemoryJournal::append_async(model::LogRecord record) {
  if (!broken) records.push_back(std::move(record));
}

void MemoryJournal::crash() {
  ++crashes_;
  records.resize(on_disk_);
}

std::vector<json::Value> MemoryJournal::open_intents() const {
  std::map<std::string, json::Value> open;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto id = std::string(records[i].fields["intent"].text());
    if (records[i].event == "outcome" && records[i].fields["result"].text() != "unknown") open.erase(id);
    if (records[i].event != "intent") continue;
    auto line = records[i].fields;
    line.set("stream", stream_).set("seq", std::uint64_t{i + 1});
    open.insert_or_assign(id, std::move(line));
  }
  std::vector<json::Value> lines;
  for (auto& [id, line] : open) lines.push_back(std::move(line));
  return lines;
}

std::uint64_t MemoryJournal::written_today(const std::string& agent) const {
  std::uint64_t bytes = 0;
  for (const auto& record : records) {
    if (record.fields["agent"].text() == agent) bytes += json::write(record.fields).size();
  }
  return bytes;
}

std::size_t MemoryJournal::count(std::string_view event) const {
  return static_cast<std::size_t>(std::ranges::count(records, event, &model::LogRecord::event));
}

std::size_t MemoryJournal::count(std::string_view event, std::string_view field, std::string_view value) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      records, [&](const auto& record) { return record.event == event && record.fields[field].text() == value; }));
}

}  // namespace sallyport::seams
