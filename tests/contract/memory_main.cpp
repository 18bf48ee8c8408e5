#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "contract/seams_contract.hpp"
#include "seams/memory.hpp"

namespace sallyport::contract {
namespace {

class MemorySeams : public Seams {
 public:
  engine::Cluster& cluster() override { return cluster_; }
  engine::Journal& journal() override { return journal_; }
  void run(std::function<boost::asio::awaitable<void>()> body) override {
    boost::asio::co_spawn(io_, std::move(body), boost::asio::detached);
    clock_.advance(std::chrono::seconds(30));
  }
  void remove(const model::RequestKey& key) override { cluster_.remove(key); }
  [[nodiscard]] std::string namespace_name() const override { return "prod"; }

 private:
  boost::asio::io_context io_;
  seams::MemoryClock clock_{io_};
  seams::MemoryCluster cluster_{io_};
  seams::MemoryJournal journal_;
};

}  // namespace

std::unique_ptr<Seams> make_seams() {
  return std::make_unique<MemorySeams>();
}

}  // namespace sallyport::contract
