#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "controllers/key_rotation.hpp"
#include "controllers/runner.hpp"
#include "kube/api.hpp"
#include "kube/webhook_config.hpp"

namespace sallyport::controllers {

// Keeps the API server calling this installation: writes the path in force and the CA bundle into both webhook
// configurations. The keys are refreshed first, so that the path which the API server is told is one that every replica
// can find. Engine's thread; what it is given outlives it.
class WebhookInjector {
 public:
  struct Names {
    std::string gate;      // ValidatingWebhookConfiguration
    std::string requests;  // MutatingWebhookConfiguration
  };

  WebhookInjector(Runner& runner, kube::Api& api, KeyRotation& keys, Names names,
                  std::function<void(std::string)> keys_missing)
      : runner_(runner),
        api_(api),
        keys_(keys),
        names_(std::move(names)),
        keys_missing_(std::move(keys_missing)),
        now_(runner.make_alarm()) {
    keys_.ring_on_need(now_);
  }

  boost::asio::awaitable<void> run();
  // Whether both configurations held the path and the CA bundle when they were last looked at.
  [[nodiscard]] bool is_injected() const { return is_injected_; }

 private:
  [[nodiscard]] boost::asio::awaitable<Result<void>> inject_all();
  [[nodiscard]] boost::asio::awaitable<Result<void>> inject(kube::WebhookConfigName which, std::string route);
  [[nodiscard]] kube::WebhookClientConfig ours(const std::string& route) const;

  Runner& runner_;
  kube::Api& api_;
  KeyRotation& keys_;
  Names names_;
  std::function<void(std::string)> keys_missing_;
  std::shared_ptr<engine::Alarm> now_;
  std::map<std::string, kube::WebhookClientConfig> injected_;  // by configuration, as it was when it was last right
  bool is_injected_ = false;
};

}  // namespace sallyport::controllers
