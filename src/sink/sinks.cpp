#include "sink/sinks.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "sink/cursor.hpp"

namespace sallyport::sink {
namespace {

namespace asio = boost::asio;

constexpr Duration kPublishEvery = std::chrono::milliseconds(250);

// A configured sink has a cursor from the start, so that nothing is deleted that it has not delivered.
Result<void> prepare_cursors(const std::vector<Settings>& settings, const std::string& dir) {
  const auto cursors = read_cursors(dir);
  if (!cursors) return fail(cursors.error());
  for (const auto& cursor : *cursors) {
    if (std::ranges::find(settings, cursor.sink, &Settings::name) != settings.end()) continue;
    if (auto removed = remove_cursor(dir, cursor.sink); !removed) return removed;
  }
  for (const auto& each : settings) {
    if (std::ranges::find(*cursors, each.name, &Cursor::sink) != cursors->end()) continue;
    if (auto written = write_cursor(dir, {each.name, {}}); !written) return written;
  }
  return {};
}

}  // namespace

struct Sinks::Thread {
  void start() {
    if (forwarders.empty()) return;
    left = forwarders.size();
    for (auto& forwarder : forwarders) {
      asio::co_spawn(io, forwarder->run(Forwarder::Until::finished),
                     [this, &forwarder](const std::exception_ptr& error) { ended(*forwarder, error); });
    }
    asio::co_spawn(io, publish(), asio::detached);
    thread = std::thread([this] { io.run(); });
  }

  void ended(const Forwarder& forwarder, const std::exception_ptr& error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const std::exception& thrown) {
      warn(fmt::format("sink {} has ended unexpectedly: {}", forwarder.status().name, thrown.what()));
    }
    const std::lock_guard lock(mutex);
    --left;
    all_ended.notify_all();
  }

  asio::awaitable<void> publish() {
    asio::steady_timer timer(io);
    for (;;) {
      std::vector<Status> now;
      now.reserve(forwarders.size());
      for (const auto& forwarder : forwarders) now.push_back(forwarder->status());
      {
        const std::lock_guard lock(mutex);
        statuses = std::move(now);
      }
      timer.expires_after(kPublishEvery);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }

  void stop(Duration patience) {
    if (!thread.joinable()) return;
    asio::post(io, [this] {
      for (auto& forwarder : forwarders) forwarder->finish();
    });
    {
      std::unique_lock lock(mutex);
      all_ended.wait_for(lock, patience, [this] { return left == 0; });
    }
    io.stop();
    thread.join();
  }

  asio::io_context io{1};  // before the forwarders, whose timers and sockets it has
  std::function<void(const std::string&)> warn;
  std::vector<std::unique_ptr<Forwarder>> forwarders;
  mutable std::mutex mutex;
  std::condition_variable all_ended;
  std::size_t left = 0;  // guarded by mutex, as is the next
  std::vector<Status> statuses;
  std::thread thread;
};

Result<std::unique_ptr<Sinks>> Sinks::start(const std::vector<Settings>& settings, const Surroundings& surroundings) {
  if (const auto prepared = prepare_cursors(settings, surroundings.cursor_dir); !prepared) {
    return fail(prepared.error());
  }
  auto thread = std::make_unique<Thread>();
  thread->warn = surroundings.warn;
  thread->forwarders.reserve(settings.size());
  for (const auto& each : settings) {
    thread->forwarders.push_back(std::make_unique<Forwarder>(thread->io.get_executor(), each, surroundings));
  }
  thread->start();
  return std::unique_ptr<Sinks>(new Sinks(std::move(thread)));
}

Sinks::Sinks(std::unique_ptr<Thread> thread) : thread_(std::move(thread)) {}

Sinks::~Sinks() {
  stop(Duration{0});
}

std::vector<Status> Sinks::statuses() const {
  const std::lock_guard lock(thread_->mutex);
  return thread_->statuses;
}

void Sinks::stop(Duration patience) {
  thread_->stop(patience);
}

}  // namespace sallyport::sink
