#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/signature.hpp"
#include "journal/file.hpp"
#include "journal/journal.hpp"
#include "journal/line.hpp"

namespace sallyport::journal {

// The thread that owns the file. All that has come while it was busy with the disk is its next batch: one write, one
// fdatasync, and then everybody in it is told.
class Writer {
 public:
  using Told = std::move_only_function<void(Result<model::LogPosition>)>;

  // What the file holds already; `log_key` is the one that the log has named last.
  struct Begun {
    std::uint64_t first_seq = 1;
    std::uint64_t bytes = 0;
    Instant since{};
    std::string log_key;
  };

  // `next` is the place of the first line to be written.
  Writer(File file, Begun begun, Place next, const Limits& limits, const Clock& clock);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // On any thread. `encoded` comes from `encode`; `told` is called once, on the writer's thread or on this one; it may
  // be empty.
  void add(std::string encoded, Told told);
  // For a record that never came so far.
  void count_error() { errors_.fetch_add(1, std::memory_order_relaxed); }
  void give_up(std::string why);
  // From now on what the log holds is signed: every now and then while it grows, and when the writer ends. A key that
  // the log has not named is named in it first.
  void sign_with(SigningKey key);

  [[nodiscard]] const std::string& stream() const { return stream_; }
  [[nodiscard]] std::optional<std::string> why_failed() const;
  [[nodiscard]] Counters counters() const;
  [[nodiscard]] const Histogram& syncs_took() const { return syncs_took_; }
  [[nodiscard]] std::uint64_t seq_on_disk() const { return seq_on_disk_.load(); }

 private:
  struct Entry {
    std::string encoded;
    Told told;
  };
  using Batch = std::vector<Entry>;

  void run();
  Batch take_batch();  // empty: nothing has come for a while, or it is the end
  [[nodiscard]] bool is_ending() const;
  [[nodiscard]] bool is_checkpoint_due() const;
  void add_checkpoint();
  bool commit(Batch& batch);  // false: it is not on disk, and the log has failed
  bool commit(const model::LogRecord& record);
  [[nodiscard]] Result<void> sync();
  void look_at_volume();
  [[nodiscard]] bool is_rotation_due() const;
  void rotate();
  void refuse(Entry entry, const std::string& why);

  const std::string stream_;
  const Limits limits_;
  const Clock& clock_;

  // The writer's thread only.
  File file_;
  Begun begun_;
  Place next_;
  Duration rotate_not_before_{};    // steady time
  std::uint64_t signed_up_to_ = 0;  // seq
  Duration signed_at_;              // steady time
  Duration look_at_volume_at_{};    // steady time

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Entry> queue_;  // guarded by mutex_, as are the next four
  std::size_t queued_bytes_ = 0;
  std::optional<std::string> failed_;
  bool stopping_ = false;
  std::shared_ptr<const SigningKey> key_;  // none: nothing is signed

  std::atomic<std::uint64_t> records_{0}, syncs_{0}, bytes_{0}, errors_{0}, rotations_{0};
  std::atomic<std::uint64_t> volume_bytes_{0}, volume_free_{0};
  Histogram syncs_took_{Histogram::kCalls};
  std::atomic<std::uint64_t> seq_on_disk_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sallyport::journal
