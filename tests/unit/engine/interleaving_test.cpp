// Many calls at once, on several replicas that die and start again, over a cluster whose answers take their time and
// sometimes never come: an approval is used once. Each run is one seed, and the same each time.
#include <functional>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "seams/process.hpp"

namespace sallyport::engine {
namespace {

using model::Verdict;
using seams::MemoryCluster;
using seams::MemoryJournal;
using seams::Process;
using namespace std::chrono_literals;

constexpr std::size_t kReplicas = 3;

class Storm : public seams::World {
 public:
  explicit Storm(unsigned seed) : dice_(seed) {
    for (std::size_t i = 0; i < kReplicas; ++i) {
      disks_.push_back(std::make_unique<MemoryJournal>(clock, "replica-" + std::to_string(i)));
      replicas_.push_back(std::make_unique<Process>(*this, *disks_.back()));
    }
    cluster.watch = [this](const auto& request) { tell_all(request); };
    asked = image_change();
    asked.ask.terms.while_pending = model::WhilePending::reject;
    asked.call.generation = 0;  // nothing that is entered again
    admit(asked);
    key = only_request();
    review(key, "alice", Verdict::approve);
  }

  // From now on everything takes its time, another one each time.
  void begin() {
    cluster.latency = [this] { return Duration(std::chrono::milliseconds(below(40))); };
    for (const auto& disk : disks_) disk->sync_time = [this] { return Duration(std::chrono::milliseconds(below(10))); };
    for (int i = 0; i < 8; ++i) at(below(400), [this] { call_somewhere(); });
    for (int i = 0; i < 2; ++i) at(below(400), [this] { kill_and_start_again(below(kReplicas)); });
    for (int i = 0; i < 3; ++i) at(below(400), [this] { cluster.faults.push_back(any_fault()); });
    for (int i = 0; i < 4; ++i) at(below(2000), [this] { cluster.land_later_now(); });
    for (const auto& [when, deed] : std::exchange(script_, {})) {
      clock.advance(when - since_);
      since_ = when;
      deed();
    }
    clock.advance(40s);
  }

  [[nodiscard]] std::size_t allowed() const {
    return static_cast<std::size_t>(std::ranges::count_if(calls_, [](const auto& call) { return call->allowed(); }));
  }
  // Uses that the logs began and have on disk.
  [[nodiscard]] std::size_t logged() const {
    std::size_t count = journal.count("intent", "kind", "use");
    for (const auto& disk : disks_) count += disk->count("intent", "kind", "use");
    return count;
  }
  [[nodiscard]] std::size_t closed_intents() const { return closed_intents_; }
  // Ends all, so that what hangs in the dead goes before the world does.
  void end() {
    note_closed();
    replicas_.clear();
    graves_.clear();
  }

  seams::GatedCall asked;
  model::RequestKey key;

 private:
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(dice_); }
  void at(std::size_t milliseconds, std::function<void()> deed) {
    script_.emplace(std::chrono::milliseconds(milliseconds), std::move(deed));
  }
  MemoryCluster::Fault any_fault() {
    using enum MemoryCluster::Fault;
    return std::array{refused_unsent, lost_landed, lost_never_lands, lost_lands_later}[below(4)];
  }

  void tell_all(const model::ApprovalRequest& request) {
    boost::asio::co_spawn(io, engine->observe(request), boost::asio::detached);
    for (const auto& replica : replicas_) {
      if (auto* running = replica->engine())
        boost::asio::co_spawn(io, running->observe(request), boost::asio::detached);
    }
  }

  void call_somewhere() {
    auto* replica = replicas_[below(kReplicas)]->engine();
    if (replica == nullptr) return;
    auto call = asked;
    call.call.uid = "call-" + std::to_string(calls_.size());
    call.call.deadline = clock.steady() + 30s;
    calls_.push_back(admit(std::move(call), *replica));
  }

  void kill_and_start_again(std::size_t which) {
    note_closed();
    replicas_[which]->kill();
    graves_.push_back(std::move(replicas_[which]));
    replicas_[which] = std::make_unique<Process>(*this, *disks_[which]);
  }

  void note_closed() {
    for (const auto& replica : replicas_) closed_intents_ = std::max(closed_intents_, replica->closed_intents());
  }

  std::mt19937 dice_;
  std::multimap<Duration, std::function<void()>> script_;
  Duration since_{};
  std::vector<std::unique_ptr<MemoryJournal>> disks_;
  std::vector<std::unique_ptr<Process>> replicas_;
  std::vector<std::unique_ptr<Process>> graves_;
  std::vector<std::shared_ptr<seams::Call>> calls_;
  std::size_t closed_intents_ = 0;
};

TEST(Interleaving, AnApprovalIsUsedOnceWhateverDiesAndWhicheverAnswersAreLost) {
  std::size_t let_through = 0;
  std::size_t died_amid_a_use = 0;
  for (unsigned seed = 0; seed < 100; ++seed) {
    Storm storm(seed);
    storm.begin();
    const auto& uses = storm.cluster.at(storm.key).status.uses;
    EXPECT_LE(uses.size(), 1u) << "seed " << seed;
    EXPECT_LE(storm.allowed(), uses.size()) << "seed " << seed;
    EXPECT_GE(storm.logged(), uses.size()) << "seed " << seed;
    for (const auto& request : storm.cluster.all()) {
      if (request.key != storm.key) EXPECT_TRUE(request.status.uses.empty()) << "seed " << seed;
    }
    let_through += storm.allowed();
    storm.end();
    died_amid_a_use += storm.closed_intents() > 0 ? 1 : 0;
  }
  // Else the runs above have shown nothing.
  EXPECT_GT(let_through, 30u);
  EXPECT_GT(died_amid_a_use, 5u);
}

}  // namespace
}  // namespace sallyport::engine
