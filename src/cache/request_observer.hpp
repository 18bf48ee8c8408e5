#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "kube/informer.hpp"
#include "model/request.hpp"

namespace sallyport::cache {

// Hands what the watch of requests brings to the engine. Engine's thread.
class RequestObserver : public kube::Observer {
 public:
  using Seen = std::function<void(model::ApprovalRequest)>;
  using Gone = std::function<void(const model::RequestKey&, const std::string& uid)>;

  using Synced = std::function<void(std::uint64_t version)>;
  using Restored = std::function<void(const std::string& why)>;

  RequestObserver(Seen seen, Gone gone, Synced synced, Restored restored)
      : seen_(std::move(seen)), gone_(std::move(gone)), synced_(std::move(synced)), restored_(std::move(restored)) {}

  void on_added(json::Value object) override { take(object); }
  void on_modified(json::Value object) override { take(object); }
  void on_deleted(const kube::ObjectId& object) override;
  void on_synced(std::uint64_t version) override { synced_(version); }
  void on_restored(const std::string& why) override { restored_(why); }
  void on_trouble(const Error& error) override;

 private:
  void take(const json::Value& object);

  Seen seen_;
  Gone gone_;
  Synced synced_;
  Restored restored_;
};

}  // namespace sallyport::cache
