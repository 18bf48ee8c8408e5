#include "seams/process.hpp"

#include <utility>

#include "engine/recovery.hpp"

namespace sallyport::seams {

namespace asio = boost::asio;
using model::ApprovalRequest;

void Life::bury() {
  state_ = State::buried;
  for (const auto& alarm : std::exchange(hanging_, {})) alarm->ring();
}

engine::Awaitable<void> Life::go_on() {
  while (state_ == State::dead) {
    const std::shared_ptr<engine::Alarm> alarm = clock_.make_alarm();
    hanging_.push_back(alarm);
    co_await alarm->wait(std::chrono::hours(24 * 365));
  }
  if (state_ == State::buried) co_return fail(ErrorCode::cancelled, "the process has ended");
  co_return Result<void>{};
}

namespace {

// A call that the living make, and whose answer the living get.
template <typename T>
engine::Awaitable<T> while_alive(Life& life, engine::Awaitable<T> call) {
  if (const auto alive = co_await life.go_on(); !alive) co_return fail(alive.error());
  auto answer = co_await std::move(call);
  if (const auto alive = co_await life.go_on(); !alive) co_return fail(alive.error());
  co_return answer;
}

class MortalCluster : public engine::Cluster {
 public:
  MortalCluster(Life& life, engine::Cluster& cluster) : life_(life), cluster_(cluster) {}

  engine::Awaitable<ApprovalRequest> read_request(model::RequestKey key) override {
    return while_alive(life_, cluster_.read_request(std::move(key)));
  }
  engine::Awaitable<ApprovalRequest> create_request(model::RequestKey key, model::RequestSpec spec) override {
    return while_alive(life_, cluster_.create_request(std::move(key), std::move(spec)));
  }
  engine::Awaitable<ApprovalRequest> replace_status(ApprovalRequest base, model::RequestStatus status) override {
    return while_alive(life_, cluster_.replace_status(std::move(base), std::move(status)));
  }
  engine::Awaitable<void> delete_request(ApprovalRequest base) override {
    return while_alive(life_, cluster_.delete_request(std::move(base)));
  }
  engine::Awaitable<bool> may_approve(model::User reviewer, model::RequestKey key) override {
    return while_alive(life_, cluster_.may_approve(std::move(reviewer), std::move(key)));
  }
  engine::Awaitable<model::PodFacts> read_pod(std::string namespace_name, std::string name) override {
    return while_alive(life_, cluster_.read_pod(std::move(namespace_name), std::move(name)));
  }
  engine::Awaitable<std::string> read_uid(model::Resource resource, std::string namespace_name,
                                          std::string name) override {
    return while_alive(life_, cluster_.read_uid(std::move(resource), std::move(namespace_name), std::move(name)));
  }
  engine::Awaitable<std::vector<model::RoleHolder>> read_role_holders(model::RoleName role) override {
    return while_alive(life_, cluster_.read_role_holders(std::move(role)));
  }
  void announce(const ApprovalRequest& request, std::string reason, std::string note) override {
    if (life_.runs()) cluster_.announce(request, std::move(reason), std::move(note));
  }
  [[nodiscard]] std::optional<std::string> why_not_ready() const override { return cluster_.why_not_ready(); }

 private:
  Life& life_;
  engine::Cluster& cluster_;
};

class MortalJournal : public engine::Journal {
 public:
  MortalJournal(Life& life, MemoryJournal& disk) : life_(life), disk_(disk) {}

  engine::Awaitable<model::LogPosition> append(model::LogRecord record) override {
    return while_alive(life_, disk_.append(std::move(record)));
  }
  void append_async(model::LogRecord record) override {
    if (life_.runs()) disk_.append_async(std::move(record));
  }
  [[nodiscard]] std::uint64_t written_today(const std::string& agent) const override {
    return disk_.written_today(agent);
  }

 private:
  Life& life_;
  MemoryJournal& disk_;
};

}  // namespace

Process::Process(World& world, MemoryJournal& disk)
    : world_(world),
      disk_(disk),
      life_(world.clock),
      cluster_(std::make_unique<MortalCluster>(life_, world.cluster)),
      journal_(std::make_unique<MortalJournal>(life_, disk)),
      engine_(world.another_replica(world.settings, *cluster_, *journal_)) {
  asio::co_spawn(world.io, start(), asio::detached);
}

asio::awaitable<void> Process::start() {
  // As a replica whose start fails is started again.
  for (auto closed = co_await close_open_intents(); !closed; closed = co_await close_open_intents()) {
    if (!life_.runs()) co_return;
    const auto again = world_.clock.make_alarm();
    co_await again->wait(std::chrono::milliseconds(100));
  }
  for (const auto& request : world_.cluster.all()) co_await engine_->observe(request);
  ready_ = true;
  co_await engine_->run_chores();
}

engine::Awaitable<std::size_t> Process::close_open_intents() {
  auto closed = co_await engine::close_open_intents(*cluster_, *journal_, disk_.open_intents());
  if (closed) closed_intents_ = *closed;
  co_return closed;
}

void Process::kill() {
  life_.end();
  disk_.crash();
}

Process::~Process() {
  if (!life_.runs()) life_.bury();
  engine_->stop();
  bool ended = false;
  asio::co_spawn(world_.io, engine_->ended(std::chrono::hours(1)), [&](std::exception_ptr, bool all) { ended = all; });
  while (!ended) world_.clock.advance(std::chrono::seconds(1));
}

}  // namespace sallyport::seams
