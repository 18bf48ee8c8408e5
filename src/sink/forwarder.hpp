#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "logs/follower.hpp"
#include "model/log_record.hpp"
#include "sink/receiver.hpp"
#include "sink/settings.hpp"

namespace sallyport::sink {

// Where a sink's lines come from, and whom it tells. All are called on the executor's thread.
struct Surroundings {
  std::string log_dir;
  std::string cursor_dir;
  logs::OnDisk on_disk;
  std::function<void(model::LogRecord)> note;    // events of the log: docs/log-format.md
  std::function<void(const std::string&)> warn;  // for whoever runs it
  const Clock& clock;
  Random& random;
};

struct Status {
  std::string name;
  std::uint64_t delivered = 0;  // lines, since the start
  std::uint64_t skipped = 0;    // of these, lines that the receiver has refused
  std::uint64_t failures = 0;   // attempts that were not taken
  std::uint64_t lag_records = 0;
  double lag_seconds = 0;  // how long ago the first line was written that is not delivered
  bool is_behind = false;
};

// One sink at work: reads batches, hands them over, and keeps its cursor. Whatever is thrown meanwhile is one more
// reason to try again later, anew. The executor's thread only, and gone before the executor's context is.
class Forwarder {
 public:
  enum class Until {
    finished,   // told to finish
    delivered,  // all that stands in the log now is delivered, or cannot be
  };

  Forwarder(boost::asio::any_io_executor executor, const Settings& settings, Surroundings surroundings);

  [[nodiscard]] boost::asio::awaitable<void> run(Until until);
  // Ends with the next batch that cannot be delivered, or once there is none.
  void finish();

  [[nodiscard]] const Status& status() const { return status_; }
  // What keeps it from going on; nothing: nothing does.
  [[nodiscard]] const std::optional<std::string>& trouble() const { return trouble_; }

 private:
  // What came of one look at the log.
  enum class Step { goes_on, has_all, failed };

  void begin_anew();
  [[nodiscard]] boost::asio::awaitable<Step> step();
  // What it has thrown is a failure as well.
  [[nodiscard]] boost::asio::awaitable<Step> step_safely();
  // Says whether there is a reason to go on at once.
  [[nodiscard]] boost::asio::awaitable<bool> deliver(logs::Batch batch);
  void took(const logs::Batch& batch);
  [[nodiscard]] bool refused(const logs::Batch& batch, const Outcome& outcome);
  [[nodiscard]] bool is_stuck() const { return rejected_ || (follower_ && follower_->why_stuck()); }
  void fail_for_now(const std::string& why, Duration at_least);
  void caught_up();
  void look_at_lag();
  void fail_unexpectedly(const std::string& why);
  void tell_behind();
  [[nodiscard]] model::LogRecord event(std::string name) const;
  [[nodiscard]] boost::asio::awaitable<void> rest(Duration span);

  const Settings settings_;
  Surroundings surroundings_;
  std::optional<logs::Follower> follower_;  // nothing: it is to begin anew
  std::unique_ptr<Receiver> receiver_;      // as the follower
  boost::asio::steady_timer timer_;
  Status status_;
  std::optional<std::string> trouble_;
  std::size_t records_;  // of the next batch: fewer where the receiver has rejected more
  Duration backoff_;
  Duration rest_{};
  Duration caught_up_at_;  // steady time, as the next
  Duration looked_at_{};
  std::uint64_t delivered_before_ = 0;  // when this sink came to be behind
  bool rejected_ = false;               // it stays at a line that the receiver does not want
  bool cursor_fails_ = false;
  bool finishing_ = false;
};

}  // namespace sallyport::sink
