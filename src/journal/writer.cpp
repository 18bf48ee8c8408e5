#include "journal/writer.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "journal/checkpoint.hpp"
#include "journal/file_names.hpp"

namespace sallyport::journal {
namespace {

constexpr Duration kRotateAgain = std::chrono::hours(1);  // after one that failed

constexpr Duration kLookAtVolumeEvery = std::chrono::seconds(10);

std::string give_up_because(std::string_view why) {
  return fmt::format(
      "the log cannot be written ({}), so nothing is allowed any more: mend the volume, then restart this "
      "replica",
      why);
}

}  // namespace

Writer::Writer(File file, Begun begun, Place next, const Limits& limits, const Clock& clock)
    : stream_(next.stream),
      limits_(limits),
      clock_(clock),
      file_(std::move(file)),
      begun_(std::move(begun)),
      next_(std::move(next)),
      signed_at_(clock.steady()),
      seq_on_disk_(next_.seq - 1),
      thread_([this] { run(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Writer::add(std::string encoded, Told told) {
  Entry entry{std::move(encoded), std::move(told)};
  std::string why;
  {
    const std::lock_guard lock(mutex_);
    if (!failed_ && queued_bytes_ + entry.encoded.size() > limits_.queue_bytes) {
      failed_ = give_up_because(fmt::format("{} bytes wait for a disk that does not take them", queued_bytes_));
    }
    if (!failed_) {
      queued_bytes_ += entry.encoded.size();
      queue_.push_back(std::move(entry));
      wake_.notify_one();
      return;
    }
    why = *failed_;
  }
  refuse(std::move(entry), why);
}

void Writer::give_up(std::string why) {
  const std::lock_guard lock(mutex_);
  if (!failed_) failed_ = give_up_because(why);
}

std::optional<std::string> Writer::why_failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

Counters Writer::counters() const {
  return {records_.load(),   syncs_.load(),        bytes_.load(),      errors_.load(),
          rotations_.load(), volume_bytes_.load(), volume_free_.load()};
}

void Writer::sign_with(SigningKey key) {
  const std::lock_guard lock(mutex_);
  key_ = std::make_shared<const SigningKey>(std::move(key));
  wake_.notify_one();
}

void Writer::run() {
  while (true) {
    // Gone before the next wait: with `told` it holds the executors of those who were waiting.
    auto batch = take_batch();
    if (batch.empty()) {
      look_at_volume();
      if (is_ending() || is_checkpoint_due()) add_checkpoint();
      if (is_ending()) return;
      continue;
    }
    if (!why_failed() && commit(batch)) {
      if (is_rotation_due()) {
        rotate();
      } else if (is_checkpoint_due()) {
        add_checkpoint();
      }
      continue;
    }
    const auto why = why_failed().value_or("");
    for (auto& entry : batch) refuse(std::move(entry), why);
  }
}

// Waits for one, or until what is there ought to be signed, or the volume looked at.
Writer::Batch Writer::take_batch() {
  std::unique_lock lock(mutex_);
  const auto something = [this] { return stopping_ || !queue_.empty(); };
  while (!something()) {
    const bool unsigned_lines = key_ && !failed_ && next_.seq > signed_up_to_ + 1;
    const auto until_signed = unsigned_lines ? signed_at_ + limits_.sign_every - clock_.steady() : kLookAtVolumeEvery;
    if (!wake_.wait_for(lock, std::min<Duration>(until_signed, kLookAtVolumeEvery), something)) return {};
  }
  Batch batch;
  std::size_t bytes = 0;
  while (!queue_.empty() && batch.size() < limits_.batch_records && bytes < limits_.batch_bytes) {
    bytes += queue_.front().encoded.size();
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queued_bytes_ -= bytes;
  return batch;
}

bool Writer::is_ending() const {
  const std::lock_guard lock(mutex_);
  return stopping_ && queue_.empty();
}

bool Writer::is_checkpoint_due() const {
  const std::lock_guard lock(mutex_);
  return key_ && clock_.steady() >= signed_at_ + limits_.sign_every;
}

// The signature is over all lines before it. A line that is a checkpoint needs none of its own.
void Writer::add_checkpoint() {
  std::shared_ptr<const SigningKey> key;
  {
    const std::lock_guard lock(mutex_);
    if (!failed_) key = key_;
  }
  if (!key || next_.seq <= signed_up_to_ + 1) return;
  auto note = sign_note({stream_, next_.seq - 1, next_.prev}, *key);
  model::LogRecord record{"checkpoint"};
  if (note) record.fields.set("note", *note);
  if (!note) return give_up(note.error().message());
  if (!commit(record)) return;
  signed_up_to_ = next_.seq - 1;
  signed_at_ = clock_.steady();
}

bool Writer::commit(Batch& batch) {
  std::string bytes;
  std::vector<model::LogPosition> positions;
  positions.reserve(batch.size());
  for (const auto& entry : batch) {
    const auto line = make_line(next_, clock_.now(), clock_.steady(), entry.encoded);
    positions.push_back({stream_, next_.seq, head_of(line)});
    bytes += line;
    ++next_.seq;
    next_.prev = positions.back().head;
  }
  auto written = file_.append(bytes);
  if (written) written = sync();
  if (!written) {
    give_up(written.error().message());
    return false;
  }
  if (begun_.bytes == 0) begun_.since = clock_.now();
  begun_.bytes += bytes.size();
  records_ += batch.size();
  bytes_ += bytes.size();
  ++syncs_;
  seq_on_disk_ = next_.seq - 1;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (batch[i].told) batch[i].told(std::move(positions[i]));
  }
  return true;
}

Result<void> Writer::sync() {
  const auto begun = clock_.steady();
  auto synced = file_.sync();
  syncs_took_.observe(clock_.steady() - begun);
  look_at_volume();
  return synced;
}

// On this thread, since a disk that hangs must hold up nobody else.
void Writer::look_at_volume() {
  const auto now = clock_.steady();
  if (volume_bytes_ != 0 && now < look_at_volume_at_) return;
  look_at_volume_at_ = now + kLookAtVolumeEvery;
  std::error_code unknown;
  const auto space = std::filesystem::space(std::filesystem::path(file_.path()).parent_path(), unknown);
  if (unknown) return;
  volume_bytes_ = space.capacity;
  volume_free_ = space.available;
}

bool Writer::commit(const model::LogRecord& record) {
  Batch batch(1);
  auto encoded = encode(record);
  if (!encoded) {
    give_up(encoded.error().message());
    return false;
  }
  batch.front().encoded = std::move(*encoded);
  return commit(batch);
}

bool Writer::is_rotation_due() const {
  if (clock_.steady() < rotate_not_before_) return false;
  return begun_.bytes >= limits_.file_bytes ||
         (begun_.since != Instant{} && clock_.now() - begun_.since >= limits_.file_age);
}

// The last line of what is closed is a checkpoint, if anything is signed; the first of the next file names the key, for
// what is closed may be retired. Where no second name can be made for a file, all goes on in this one.
void Writer::rotate() {
  add_checkpoint();
  if (why_failed()) return;
  {
    const std::lock_guard lock(mutex_);
    if (key_) begun_.log_key = write_verifier_key({.key = key_->public_key()});
  }
  const auto closed = closed_file_name(stream_, begun_.first_seq);
  model::LogRecord record{"rotated"};
  record.fields.set("closed", closed).set("key", begun_.log_key);
  const auto encoded = encode(record);
  if (!encoded) return give_up(encoded.error().message());
  const auto time = clock_.now();
  const auto line = make_line(next_, time, clock_.steady(), *encoded);
  auto next = file_.make_next(std::filesystem::path(file_.path()).replace_filename(closed), line);
  if (!next) {
    rotate_not_before_ = clock_.steady() + kRotateAgain;
    model::LogRecord failed{"rotation_failed"};
    failed.fields.set("why", next.error().message());
    commit(failed);
    return;
  }
  if (const auto renamed = next->take_place_of(file_); !renamed) return give_up(renamed.error().message());
  file_ = std::move(*next);
  begun_ = {next_.seq, line.size(), time, std::move(begun_.log_key)};
  next_ = {stream_, next_.seq + 1, head_of(line)};
  ++records_;
  ++syncs_;
  ++rotations_;
  seq_on_disk_ = next_.seq - 1;
  bytes_ += line.size();
}

void Writer::refuse(Entry entry, const std::string& why) {
  count_error();
  if (entry.told) entry.told(fail(ErrorCode::unavailable, why));
}

}  // namespace sallyport::journal
