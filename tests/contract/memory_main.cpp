#include <cstdlib>
#include <random>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "contract/seams_contract.hpp"
#include "seams/memory.hpp"

namespace sallyport::contract {
namespace {

// With SALLYPORT_SLOW_SEAMS set everything takes its time, another one each time.
class MemorySeams : public Seams {
 public:
  MemorySeams() {
    if (std::getenv("SALLYPORT_SLOW_SEAMS") == nullptr) return;
    cluster_.latency = journal_.sync_time = [this] { return Duration(std::chrono::milliseconds(dice_() % 50)); };
  }

  engine::Cluster& cluster() override { return cluster_; }
  engine::Journal& journal() override { return journal_; }
  void run(std::function<boost::asio::awaitable<void>()> body) override {
    boost::asio::co_spawn(io_, std::move(body), boost::asio::detached);
    clock_.advance(std::chrono::seconds(30));
  }
  void remove(const model::RequestKey& key) override { cluster_.remove(key); }
  std::vector<json::Value> restart() override {
    journal_.crash();
    return journal_.open_intents();
  }
  [[nodiscard]] std::string namespace_name() const override { return "prod"; }

 private:
  boost::asio::io_context io_;
  seams::MemoryClock clock_{io_};
  seams::MemoryCluster cluster_{io_, clock_};
  seams::MemoryJournal journal_{clock_};
  std::mt19937 dice_{1};  // the same in each run
};

}  // namespace

std::unique_ptr<Seams> make_seams() {
  return std::make_unique<MemorySeams>();
}

}  // namespace sallyport::contract
