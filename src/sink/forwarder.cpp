#include "sink/forwarder.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "sink/cursor.hpp"

namespace sallyport::sink {
namespace {

namespace asio = boost::asio;

constexpr Duration kPoll = std::chrono::milliseconds(250);
constexpr Duration kFirstBackoff = std::chrono::milliseconds(250);
constexpr Duration kLookAtLagEvery = std::chrono::seconds(1);

}  // namespace

Forwarder::Forwarder(asio::any_io_executor executor, const Settings& settings, Surroundings surroundings)
    : settings_(settings),
      surroundings_(std::move(surroundings)),
      timer_(executor),
      records_(settings.batch.records),
      backoff_(kFirstBackoff),
      caught_up_at_(surroundings_.clock.steady()) {
  status_.name = settings.name;
}

// From its cursor, as after a restart of the process.
void Forwarder::begin_anew() {
  receiver_ = make_receiver(timer_.get_executor(), settings_, surroundings_.clock);
  const auto gap = [this](const std::string&, const std::string& stream, std::uint64_t first, std::uint64_t last) {
    auto told = event("sink_gap");
    told.fields.set("of_stream", stream).set("first", first).set("last", last);
    surroundings_.note(std::move(told));
    surroundings_.warn(fmt::format("sink {}: lines {} to {} of {} are in no file any more and were not delivered",
                                   settings_.name, first, last, stream));
  };
  follower_.emplace(logs::Follower::Purpose::deliver, std::vector{surroundings_.log_dir},
                    read_cursor(surroundings_.cursor_dir, settings_.name).positions, surroundings_.on_disk,
                    logs::Follower::Told{.gap = gap});
}

asio::awaitable<void> Forwarder::run(Until until) {
  for (;;) {
    // A receiver may answer at once, for as long as there is something to deliver: the other sinks, and whoever wants
    // this to end, have their turn between two batches.
    co_await asio::post(timer_.get_executor(), asio::use_awaitable);
    const auto step = co_await step_safely();
    if (step == Step::goes_on) continue;
    if (finishing_ || (until == Until::delivered && (step == Step::has_all || is_stuck()))) co_return;
    co_await rest(step == Step::has_all ? kPoll : rest_);
  }
}

asio::awaitable<Forwarder::Step> Forwarder::step_safely() {
  std::string thrown;
  try {
    co_return co_await step();
  } catch (const std::exception& error) {
    thrown = error.what();
  }
  fail_unexpectedly(thrown);
  co_return Step::failed;
}

asio::awaitable<Forwarder::Step> Forwarder::step() {
  if (!follower_) begin_anew();
  auto batch = follower_->next({records_, settings_.batch.bytes});
  look_at_lag();
  if (!batch) {
    fail_for_now(batch.error().message(), {});
    co_return Step::failed;
  }
  if (*batch) co_return co_await deliver(std::move(**batch)) ? Step::goes_on : Step::failed;
  caught_up();
  co_return Step::has_all;
}

void Forwarder::finish() {
  finishing_ = true;
  timer_.cancel();
}

asio::awaitable<bool> Forwarder::deliver(logs::Batch batch) {
  const auto outcome = co_await receiver_->deliver(&batch);
  if (outcome.kind == Outcome::Kind::taken) {
    took(batch);
    co_return true;
  }
  ++status_.failures;
  if (outcome.kind == Outcome::Kind::rejected && refused(batch, outcome)) co_return true;
  fail_for_now(outcome.why, outcome.retry_after);
  co_return false;
}

void Forwarder::took(const logs::Batch& batch) {
  follower_->taken(batch);
  status_.delivered += batch.lines.size();
  records_ = std::min(2 * records_, settings_.batch.records);
  backoff_ = kFirstBackoff;
  rejected_ = false;
  trouble_.reset();
  const auto written = write_cursor(surroundings_.cursor_dir, {settings_.name, follower_->positions()});
  if (!written && !std::exchange(cursor_fails_, true)) {
    surroundings_.warn(fmt::format("sink {}: {}; what it delivers comes again after a restart", settings_.name,
                                   written.error().message()));
  }
  if (written) cursor_fails_ = false;
}

// Halves what is rejected until the line is found that it is about. False: that one is found, and the sink stays at it.
bool Forwarder::refused(const logs::Batch& batch, const Outcome& outcome) {
  if (batch.lines.size() > 1) {
    records_ = batch.lines.size() / 2;
    return true;
  }
  if (settings_.on_rejected == OnRejected::stop) {
    rejected_ = true;
    return false;
  }
  auto skipped = event("sink_skipped");
  skipped.fields.set("of_stream", batch.stream).set("of_seq", batch.end.seq).set("why", outcome.why);
  surroundings_.note(std::move(skipped));
  surroundings_.warn(fmt::format("sink {}: line {} of {} is left out, since {}", settings_.name, batch.end.seq,
                                 batch.stream, outcome.why));
  ++status_.skipped;
  took(batch);
  return true;
}

// Each time twice as long as the last, and by chance up to half of it less, so that not all replicas come at once.
void Forwarder::fail_for_now(const std::string& why, Duration at_least) {
  if (trouble_ != why) surroundings_.warn(fmt::format("sink {}: {}; it is tried again", settings_.name, why));
  trouble_ = why;
  rest_ = std::max(random_between(surroundings_.random, backoff_ / 2, backoff_), at_least);
  backoff_ = std::min(2 * backoff_, settings_.max_backoff);
}

// Neither its reader nor its connection is trusted any more; and how far it lags nobody knows, so for how long counts.
void Forwarder::fail_unexpectedly(const std::string& why) {
  follower_.reset();
  receiver_.reset();
  ++status_.failures;
  fail_for_now("it failed unexpectedly: " + why, {});
  if (surroundings_.clock.steady() - caught_up_at_ <= settings_.behind_after) return;
  try {
    tell_behind();
  } catch (const std::exception& error) {
    surroundings_.warn(fmt::format("sink {}: the log is not told that it is behind: {}", settings_.name, error.what()));
  }
}

void Forwarder::caught_up() {
  if (const auto& stuck = follower_->why_stuck()) {
    if (trouble_ != *stuck) surroundings_.warn(fmt::format("sink {}: {}", settings_.name, *stuck));
    trouble_ = *stuck;
    return;
  }
  trouble_.reset();
  caught_up_at_ = surroundings_.clock.steady();
  status_.lag_records = 0;
  status_.lag_seconds = 0;
  if (!std::exchange(status_.is_behind, false)) return;
  auto told = event("sink_caught_up");
  told.fields.set("delivered", status_.delivered - delivered_before_);
  surroundings_.note(std::move(told));
}

void Forwarder::look_at_lag() {
  const auto now = surroundings_.clock.steady();
  if (now - looked_at_ < kLookAtLagEvery) return;
  looked_at_ = now;
  const auto lag = follower_->lag();
  const auto age = lag.oldest ? surroundings_.clock.now() - *lag.oldest : Duration{};
  status_.lag_records = lag.records;
  status_.lag_seconds = std::max(std::chrono::duration<double>(age).count(), 0.0);
  // A sink that only now begins with an old log has not been behind for long.
  const bool for_long = now - caught_up_at_ > settings_.behind_after && age > settings_.behind_after;
  if (lag.records > 0 && for_long) tell_behind();
}

void Forwarder::tell_behind() {
  if (std::exchange(status_.is_behind, true)) return;
  delivered_before_ = status_.delivered;
  auto told = event("sink_behind");
  told.fields.set("records", status_.lag_records).set("seconds", static_cast<std::uint64_t>(status_.lag_seconds));
  told.fields.set("why", trouble_.value_or("it is slower than the log"));
  surroundings_.note(std::move(told));
}

model::LogRecord Forwarder::event(std::string name) const {
  model::LogRecord record{std::move(name)};
  record.fields.set("sink", settings_.name);
  return record;
}

asio::awaitable<void> Forwarder::rest(Duration span) {
  timer_.expires_after(span);
  if (!finishing_) (void)co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace sallyport::sink
