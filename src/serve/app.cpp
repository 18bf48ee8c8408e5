#include "serve/app.hpp"

#include <csignal>
#include <cstdlib>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include "serve/replica.hpp"

namespace sallyport::serve {
namespace {

namespace asio = boost::asio;

// The operating log: for whoever runs it, on stderr. What was decided is in the journal alone.
void set_up_logging(const std::string& name) {
  auto logger = spdlog::stderr_color_mt("sallyport");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l " + name + ": %v", spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(std::move(logger));
}

// Every connection is a file: some runtimes give 1,024 of them at first, fewer than the port may hold.
void raise_open_files() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= files.rlim_max) return;
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files) != 0) spdlog::warn("the limit of open files cannot be raised");
}

asio::awaitable<void> live(Replica& replica, asio::signal_set& signals, int& exit_code) {
  const auto started = co_await replica.start();
  if (started) {
    spdlog::info("answering");
    (void)co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
  } else {
    spdlog::critical("cannot start: {}", started.error().message());
    exit_code = 1;
  }
  // Frames that still wait refer to what would go now: better no end in order than one in disorder.
  if (!co_await replica.stop()) {
    spdlog::critical("some work has not ended: leaving it behind");
    std::quick_exit(exit_code);
  }
}

}  // namespace

int run(Config config, const Machine& machine) {
  set_up_logging(config.name);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a full disk is an error of write, not the end
  raise_open_files();
  asio::io_context io(1);
  asio::signal_set signals(io, SIGTERM, SIGINT);
  Replica replica(io, std::move(config), machine);
  int exit_code = 0;
  asio::co_spawn(io, live(replica, signals, exit_code), [&](std::exception_ptr error) {
    io.stop();
    if (!error) return;
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& thrown) {
      spdlog::critical("ended unexpectedly: {}", thrown.what());
    }
    std::quick_exit(1);  // as above: what still waits refers to the replica
  });
  io.run();
  spdlog::info("stopped");
  return exit_code;
}

}  // namespace sallyport::serve
