#include "sink/forward.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include "sink/forwarder.hpp"

namespace sallyport::sink {
namespace {

namespace asio = boost::asio;

constexpr int kNotAll = 1;
constexpr int kUsageError = 2;

void say(const std::string& text) {
  std::fputs(("sallyport: " + text + "\n").c_str(), stderr);
}

bool is_directory(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return true;
  say(path + " is no directory");
  return false;
}

}  // namespace

int forward(const ForwardOptions& options, const Machine& machine) {
  if (!is_directory(options.log_dir) || !is_directory(options.cursor_dir)) return kUsageError;
  std::signal(SIGPIPE, SIG_IGN);
  asio::io_context io(1);
  bool has_ended = false;
  // Whoever wrote these logs may not be told: they are evidence. So events are only said.
  Forwarder forwarder(io.get_executor(), options.sink,
                      {options.log_dir, options.cursor_dir, [](std::string_view) { return std::nullopt; },
                       [](const model::LogRecord&) {}, say, machine.clock, machine.random});
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&](const auto&, int) { io.stop(); });
  asio::co_spawn(io, forwarder.run(options.follow ? Forwarder::Until::finished : Forwarder::Until::delivered),
                 [&](const std::exception_ptr& error) {
                   has_ended = !error;
                   io.stop();
                 });
  io.run();
  const auto& status = forwarder.status();
  const bool is_all = has_ended && !forwarder.trouble() && status.skipped == 0;
  say(fmt::format("sink {}: {} lines delivered{}", status.name, status.delivered - status.skipped,
                  is_all ? "" : ", and not all that there are"));
  if (status.skipped > 0) say(fmt::format("{} were refused and left out", status.skipped));
  return is_all ? 0 : kNotAll;
}

}  // namespace sallyport::sink
