#include <cstdlib>
#include <filesystem>
#include <iostream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "contract/seams_contract.hpp"
#include "journal/journal.hpp"
#include "kube/api.hpp"
#include "kube/cluster.hpp"
#include "kube/event_queue.hpp"
#include "kube/paths.hpp"
#include "kube/readiness.hpp"

// The suite on a real API server, the cluster of KUBECONFIG as its admin (our CRDs there, and nothing else of ours),
// and on a real disk.
namespace sallyport::contract {
namespace {

namespace asio = boost::asio;

[[noreturn]] void give_up(const Error& error) {
  std::cerr << "the live contract needs KUBECONFIG of a cluster with our CRDs: " << error.message() << "\n";
  std::exit(1);
}

std::filesystem::path new_directory() {
  auto pattern = (std::filesystem::temp_directory_path() / "sallyport-contract-XXXXXX").string();
  return mkdtemp(pattern.data()) == nullptr ? std::filesystem::path(".") : std::filesystem::path(pattern);
}

class LiveSeams : public Seams {
 public:
  LiveSeams() : directory_(new_directory()) {
    const char* path = std::getenv("KUBECONFIG");
    auto config = kube::load_config(path == nullptr ? std::nullopt : std::optional<std::filesystem::path>(path));
    if (!config) give_up(config.error());
    auto api = kube::Api::make({io_.get_executor(), clock_, random_}, std::move(*config), "sallyport-contract");
    if (!api) give_up(api.error());
    api_ = std::move(*api);
    events_ = std::make_unique<kube::EventQueue>(io_.get_executor(), *api_);
    cluster_ = std::make_unique<kube::KubeCluster>(*api_, *events_, readiness_, "contract");
    auto opened = journal::open(directory_.string(), "contract", clock_, random_);
    if (!opened) give_up(opened.error());
    journal_ = std::move(opened->journal);
  }

  ~LiveSeams() override {
    journal_.reset();
    std::filesystem::remove_all(directory_);
  }

  engine::Cluster& cluster() override { return *cluster_; }
  engine::Journal& journal() override { return *journal_; }

  void run(std::function<asio::awaitable<void>()> body) override {
    bool ended = false;
    asio::co_spawn(io_, std::move(body), [&](std::exception_ptr error) {
      ended = true;
      io_.stop();
      if (error) std::rethrow_exception(error);
    });
    io_.restart();
    io_.run_for(std::chrono::seconds(30));
    if (!ended) give_up({ErrorCode::unavailable, "no end within 30 s"});
  }

  void remove(const model::RequestKey& key) override {
    run([this, key]() -> asio::awaitable<void> {
      kube::ApiCall call;
      call.method = "DELETE";
      call.path = kube::path_of(kube::kApprovalRequests, key.namespace_name, key.name);
      call.effect = kube::Effect::write;
      const auto removed = co_await api_->send(std::move(call));
      if (!removed) give_up(removed.error());
    });
  }

  std::vector<json::Value> restart() override {
    journal_.reset();
    auto opened = journal::open(directory_.string(), "contract", clock_, random_);
    if (!opened) give_up(opened.error());
    journal_ = std::move(opened->journal);
    return std::move(opened->open_intents);
  }

  [[nodiscard]] std::string namespace_name() const override { return "default"; }

 private:
  std::filesystem::path directory_;
  asio::io_context io_;
  SystemClock clock_;
  SystemRandom random_;
  kube::Readiness readiness_{{}};
  std::unique_ptr<kube::Api> api_;
  std::unique_ptr<kube::EventQueue> events_;
  std::unique_ptr<kube::KubeCluster> cluster_;
  std::unique_ptr<journal::Journal> journal_;
};

}  // namespace

std::unique_ptr<Seams> make_seams() {
  return std::make_unique<LiveSeams>();
}

}  // namespace sallyport::contract
