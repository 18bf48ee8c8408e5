#pragma once

#include <deque>

#include "controllers/runner.hpp"
#include "engine/seams.hpp"
#include "model/log_record.hpp"

namespace sallyport::controllers {

// Puts what was seen of policies into the log, some at a time. The log fails if too much waits for its disk. However
// many policies there are and however large, that is not for whoever wrote them to bring about: they wait here, and
// some are on disk before the next are handed over. Engine's thread.
class PolicyRecorder {
 public:
  PolicyRecorder(Runner& runner, engine::Journal& journal) : runner_(runner), journal_(journal) {}

  void record(model::LogRecord record);

 private:
  boost::asio::awaitable<void> write_waiting();

  Runner& runner_;
  engine::Journal& journal_;
  std::deque<model::LogRecord> waiting_;
};

}  // namespace sallyport::controllers
