#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cache/caches.hpp"
#include "controllers/runner.hpp"
#include "kube/api.hpp"

namespace sallyport::controllers {

// Reads what the API server serves, so that policies say by their condition Effective what they cannot match: every
// five minutes, and every minute while one of them names what is not served (CustomResourceDefinitions may come
// after policies). Where that cannot be read, what was read before counts; nothing is refused by it. Engine's thread.
class Discovery {
 public:
  Discovery(Runner& runner, kube::Api& api, cache::Caches& caches) : runner_(runner), api_(api), caches_(caches) {}

  boost::asio::awaitable<void> run();
  // What is said to whoever writes that policy. What hangs on a discovery that is some seconds old is looked at anew.
  [[nodiscard]] boost::asio::awaitable<std::vector<std::string>> warnings_on(model::Policy policy);

 private:
  boost::asio::awaitable<void> read();
  [[nodiscard]] bool is_due() const;
  [[nodiscard]] bool is_waited_for() const;
  [[nodiscard]] const cache::PolicyObserver& kind_of(const model::Policy& policy) const;

  Runner& runner_;
  kube::Api& api_;
  cache::Caches& caches_;
  std::optional<Duration> tried_;  // steady time
  bool failing_ = false;
};

}  // namespace sallyport::controllers
