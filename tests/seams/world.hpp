#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "engine/engine.hpp"
#include "seams/memory.hpp"

namespace sallyport::seams {

// An agent's connection that a test can close.
class MemoryCaller : public engine::Caller {
 public:
  [[nodiscard]] bool is_there() const override { return there_; }
  void on_leaving(std::function<void()> gone) override { gone_ = std::move(gone); }
  void leave() {
    there_ = false;
    if (gone_) gone_();
  }

 private:
  bool there_ = true;
  std::function<void()> gone_;
};

// One call in flight, and its answer once it has one.
struct Call {
  std::shared_ptr<MemoryCaller> caller = std::make_shared<MemoryCaller>();
  std::optional<model::Answer> answer;
  [[nodiscard]] bool answered() const { return answer.has_value(); }
  [[nodiscard]] bool allowed() const { return answer && answer->allowed; }
  [[nodiscard]] model::Code code() const { return answer ? answer->code : model::Code::not_ready; }
};

// What an agent's call asks, and how it must be answered.
struct GatedCall {
  engine::Ask ask;
  engine::AdmissionCall call;
};

// A small cluster with one replica's engine, an agent that asks and people that review.
class World {
 public:
  explicit World(engine::HistoryLimits history = {}, model::FormRange seal_forms = model::kSealForms);
  ~World();  // ends what still waits, before what it waits on goes

  // A Deployment's image changed by agent `deployer` under policy promote-image (1 of group oncall).
  [[nodiscard]] GatedCall image_change(const std::string& image = "api:2");
  std::shared_ptr<Call> admit(GatedCall asked) { return admit(std::move(asked), *engine); }
  std::shared_ptr<Call> admit(GatedCall asked, engine::Engine& replica);
  // Writes the decision slot as `kubectl patch` would: through the requests webhook. "" or the refusal.
  std::string review(const model::RequestKey& key, const std::string& who, model::Verdict verdict,
                     const std::string& digest = "") {
    return review(key, who, verdict, digest, *engine);
  }
  std::string review(const model::RequestKey& key, const std::string& who, model::Verdict verdict,
                     const std::string& digest, engine::Engine& replica);
  [[nodiscard]] model::RequestKey only_request();
  [[nodiscard]] model::ApprovalRequest request() { return cluster.at(only_request()); }
  // A second replica over the same cluster, with a log of its own.
  std::unique_ptr<engine::Engine> another_replica() { return another_replica(settings); }
  std::unique_ptr<engine::Engine> another_replica(engine::Settings its_settings) {
    return another_replica(std::move(its_settings), cluster, other_journal);
  }
  std::unique_ptr<engine::Engine> another_replica(engine::Settings its_settings, engine::Cluster& its_cluster,
                                                  engine::Journal& its_journal);

  boost::asio::io_context io;
  MemoryClock clock{io};
  MemoryCluster cluster{io, clock};
  MemoryRandom random;
  MemoryJournal journal{clock};
  MemoryJournal other_journal{clock};
  engine::InForce in_force{[](const policy::Basis&) { return true; }, [](const model::PolicyRef&) { return true; }};
  engine::Settings settings;
  std::string comment;  // of the next reviews
  std::unique_ptr<engine::Engine> engine;

 private:
  [[nodiscard]] engine::InForce asked_now();
};

[[nodiscard]] model::PolicyCopy policy(const std::string& name, std::vector<model::Requirement> requirements);
[[nodiscard]] model::Requirement one_of(const std::string& name, const std::string& group, std::uint32_t count = 1);
[[nodiscard]] model::User person(const std::string& name);

}  // namespace sallyport::seams
