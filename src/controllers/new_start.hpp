#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "controllers/runner.hpp"

namespace sallyport::controllers {

// Looks whether only a new process can set things right. Then this one gives up its connections: not ready, it gets no
// new ones, but those that there are would go on bringing calls. Engine's thread; what it is given outlives it.
class NewStartWatcher {
 public:
  struct Parts {
    std::function<std::optional<std::string>()> why;  // nothing: none is needed
    std::function<void()> give_up_connections;
  };

  NewStartWatcher(Runner& runner, Parts parts) : runner_(runner), parts_(std::move(parts)) {}

  boost::asio::awaitable<void> run();

 private:
  Runner& runner_;
  Parts parts_;
};

}  // namespace sallyport::controllers
