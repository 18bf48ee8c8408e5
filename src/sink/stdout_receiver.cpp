#include <cerrno>
#include <chrono>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <poll.h>
#include <unistd.h>

#include "sink/encode.hpp"
#include "sink/receiver.hpp"

namespace sallyport::sink {
namespace {

namespace asio = boost::asio;

// What a pipe that is ready takes without waiting (POSIX: PIPE_BUF).
constexpr std::size_t kPiece = 4096;
constexpr std::chrono::milliseconds kLookAgain{20};

bool is_ready() {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&output, 1, 0) == 1;
}

// A standard output that nobody reads must not stop the thread, which other sinks share; and to make it non-blocking
// would make it so for every process that has it.
class StdoutReceiver final : public Receiver {
 public:
  explicit StdoutReceiver(const asio::any_io_executor& executor) : timer_(executor) {}

  asio::awaitable<Outcome> deliver(const logs::Batch* batch) override {
    // After a failure in the midst of a line, what comes next begins a line of its own.
    const auto text = (broken_off_ ? "\n" : "") + ndjson(*batch);
    for (std::string_view left = text; !left.empty();) {
      while (!is_ready()) {
        timer_.expires_after(kLookAgain);
        co_await timer_.async_wait(asio::use_awaitable);
      }
      const auto count = ::write(STDOUT_FILENO, left.data(), std::min(left.size(), kPiece));
      if (count > 0) left.remove_prefix(static_cast<std::size_t>(count));
      if (count < 0 && errno != EINTR && errno != EAGAIN) {
        broken_off_ = broken_off_ || left.size() != text.size();
        co_return Outcome{Outcome::Kind::later, "standard output cannot be written"};
      }
    }
    broken_off_ = false;
    co_return Outcome{Outcome::Kind::taken};
  }

 private:
  asio::steady_timer timer_;
  bool broken_off_ = false;
};

}  // namespace

std::unique_ptr<Receiver> make_stdout_receiver(asio::any_io_executor executor) {
  return std::make_unique<StdoutReceiver>(executor);
}

}  // namespace sallyport::sink
