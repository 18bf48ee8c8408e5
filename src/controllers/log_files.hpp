#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include <boost/asio/thread_pool.hpp>

#include "base/instant.hpp"
#include "controllers/retirement.hpp"
#include "controllers/runner.hpp"
#include "journal/journal.hpp"

namespace sallyport::controllers {

// Keeps the log's directory small: retires closed files that are old enough, and compresses the others. One after the
// other: neither would know the files that the other is about to rename or remove. Engine's thread, but for the
// compressing, which takes seconds of a processor.
class LogFilesController {
 public:
  struct Settings {
    std::string dir;
    Duration keep{};  // zero: for ever
    bool compress = false;
  };

  LogFilesController(Runner& runner, journal::Journal& journal, Settings settings, std::uint64_t retired_up_to);

  boost::asio::awaitable<void> run();
  // Ends a compression that is under way.
  void stop() { stop_compressing_.request_stop(); }

 private:
  boost::asio::awaitable<void> retire();
  boost::asio::awaitable<void> compress();

  Runner& runner_;
  journal::Journal& journal_;
  Settings settings_;
  Retirement retirement_;
  std::stop_source stop_compressing_;
  boost::asio::thread_pool compressor_{1};  // last, so that it is over before all else goes
};

}  // namespace sallyport::controllers
