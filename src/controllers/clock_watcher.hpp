#pragma once

#include "controllers/runner.hpp"
#include "engine/seams.hpp"

namespace sallyport::controllers {

// Times in the log and in requests are those of the machine's clock: where that jumps, the log says so. Engine's
// thread.
class ClockWatcher {
 public:
  ClockWatcher(Runner& runner, engine::Journal& journal) : runner_(runner), journal_(journal) {}

  boost::asio::awaitable<void> run();

 private:
  Runner& runner_;
  engine::Journal& journal_;
};

}  // namespace sallyport::controllers
