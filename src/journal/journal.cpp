#include "journal/journal.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "base/crypto.hpp"
#include "journal/checkpoint.hpp"
#include "journal/file_names.hpp"
#include "journal/line_reader.hpp"
#include "journal/uncompressed.hpp"
#include "journal/writer.hpp"

namespace sallyport::journal {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using model::LogPosition;
using model::LogRecord;

// Stands in the log for a record that could not: that something is missing must not be hidden.
LogRecord omitted(const LogRecord& record, const Error& why) {
  LogRecord instead{"omitted"};
  instead.fields.set("of", record.event).set("why", why.message());
  return instead;
}

// How much each agent's records take, day by day. Any thread.
class Tally {
 public:
  explicit Tally(const Clock& clock) : clock_(clock) {}

  void add(const LogRecord& record, std::size_t bytes) {
    const auto agent = record.fields["agent"].text();
    if (agent.empty()) return;
    const std::lock_guard lock(mutex_);
    auto& sum = by_agent_[std::string(agent)];
    if (const auto day = today(); sum.day != day) sum = {day, 0};
    sum.bytes += bytes;
  }

  [[nodiscard]] std::uint64_t of(const std::string& agent) const {
    const std::lock_guard lock(mutex_);
    const auto found = by_agent_.find(agent);
    return found == by_agent_.end() || found->second.day != today() ? 0 : found->second.bytes;
  }

 private:
  using Day = std::chrono::sys_days;
  struct OfDay {
    Day day{};
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] Day today() const { return std::chrono::floor<std::chrono::days>(clock_.now()); }

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, OfDay> by_agent_;  // as many as the configuration has
};

class FileJournal : public Journal {
 public:
  FileJournal(File file, Writer::Begun begun, Place next, const Limits& limits, const Clock& clock)
      : tally_(clock),
        log_key_(begun.log_key),
        writer_(std::move(file), std::move(begun), std::move(next), limits, clock) {}

  engine::Awaitable<LogPosition> append(LogRecord record) override {
    auto encoded = encode(record);
    if (encoded) tally_.add(record, encoded->size());
    if (!encoded) {
      writer_.count_error();
      co_return fail(encoded.error().while_doing("the record " + record.event + " cannot be logged"));
    }
    co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(Result<LogPosition>)>(
        Add{writer_}, asio::use_awaitable, std::move(*encoded));
  }

  void append_async(LogRecord record) override {
    auto encoded = encode(record);
    if (encoded) tally_.add(record, encoded->size());
    if (!encoded) {
      writer_.count_error();
      encoded = encode(omitted(record, encoded.error()));
    }
    if (encoded) {
      writer_.add(std::move(*encoded), nullptr);
    } else {
      writer_.give_up("not even that a record is missing can be logged: " + encoded.error().message());
    }
  }

  [[nodiscard]] std::uint64_t written_today(const std::string& agent) const override { return tally_.of(agent); }

  [[nodiscard]] const std::string& stream() const override { return writer_.stream(); }
  [[nodiscard]] std::optional<std::string> why_failed() const override { return writer_.why_failed(); }
  [[nodiscard]] Counters counters() const override { return writer_.counters(); }
  [[nodiscard]] const Histogram& syncs_took() const override { return writer_.syncs_took(); }

  [[nodiscard]] std::uint64_t seq_on_disk() const override { return writer_.seq_on_disk(); }

  void sign_with(SigningKey key) override {
    auto name = write_verifier_key({.key = key.public_key()});
    if (name == log_key_) return writer_.sign_with(std::move(key));
    LogRecord changed{"log_key"};
    changed.fields.set("key", name).set("previous", std::exchange(log_key_, name));
    auto encoded = encode(changed);
    if (!encoded) return writer_.give_up(encoded.error().message());
    // Nothing is signed by it before the log has named it.
    writer_.add(std::move(*encoded), [this, key = std::move(key)](const auto& logged) mutable {
      if (logged) writer_.sign_with(std::move(key));
    });
  }

 private:
  // Hands a record over, and lets its coroutine go on where it runs, not on the writer's thread.
  struct Add {
    Writer& writer;

    template <typename Handler>
    void operator()(Handler handler, std::string encoded) const {
      auto work = asio::make_work_guard(handler);
      writer.add(std::move(encoded),
                 [handler = std::move(handler), work = std::move(work)](Result<LogPosition> result) mutable {
                   const auto executor = work.get_executor();
                   asio::post(executor, [handler = std::move(handler), result = std::move(result)]() mutable {
                     std::move(handler)(std::move(result));
                   });
                 });
    }
  };

  Tally tally_;
  std::string log_key_;  // the one in use as the log knows it; "": none yet
  Writer writer_;
};

// The file is named after it.
bool is_dns_name(std::string_view name) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= 253 && is_plain(name.front()) && is_plain(name.back()) &&
         std::ranges::all_of(name, [&](char c) { return is_plain(c) || c == '-' || c == '.'; });
}

constexpr std::size_t kStreamRandom = 5;  // bytes, of which base32 makes 8 characters

std::string new_stream(const std::string& name, Random& random) {
  const auto chosen = random.bytes(kStreamRandom);
  const auto bytes = chosen.reveal();
  return name + "-" + base32({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

std::unexpected<Error> not_trusted(const std::string& path, const Error& why) {
  return fail(why.code(),
              fmt::format("the log {} cannot be trusted: {}. Nothing is decided on such a log: move the file "
                          "away, keep it for the auditors, and start again with a new one",
                          path, why.message()));
}

// Whose stream it is, by its first line. Nothing: that is not there, or is none.
std::optional<std::string> stream_in(File& file) {
  const ReadSome read = [&file](std::span<char> buffer) { return file.read(buffer); };
  LineReader lines(read);
  const auto first = lines.next();
  const auto rewound = file.rewind();
  const auto start = first && rewound ? read_start(first->bytes) : std::nullopt;
  return start ? std::optional(std::string(start->stream)) : std::nullopt;
}

struct ClosedFile {
  std::string path;
  std::uint64_t first_seq = 0;
};

// In the order of their lines; plain before compressed, which may be of a compression that was cut short.
//
// That logs/ lists directories, too, is no reason to ask it: which files are this stream's goes by their names alone
// here. All of them are read whole, so that none passes for another, and one that comes after the file that is written
// (an older one, put back) must be found, which no line of that one names.
Result<std::vector<ClosedFile>> closed_files(const std::string& dir, std::string_view stream) {
  std::vector<ClosedFile> found;
  std::error_code error;
  for (auto entry = fs::directory_iterator(dir, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const auto seq = first_seq_in(entry->path().filename().native(), stream);
    if (seq) found.push_back({entry->path().string(), *seq});
  }
  if (error) return fail(ErrorCode::unavailable, "listing " + dir + ": " + error.message());
  std::ranges::sort(found, {}, [](const auto& file) { return std::pair(file.first_seq, file.path.size()); });
  const auto twice = std::ranges::unique(found, {}, &ClosedFile::first_seq);
  found.erase(twice.begin(), twice.end());
  return found;
}

Result<void> scan_closed(const std::string& path, Scanner& scanner) {
  auto file = File::open_to_read(path);
  if (!file) return fail(file.error());
  const auto read = scanner.read(uncompressed([&file](std::span<char> buffer) { return file->read(buffer); }));
  if (!read) return fail(read.error().while_doing(path));
  return {};
}

// The file that is written says which of the closed ones in the directory come before it.
Result<Scanned> scan_files(const std::string& dir, File& active) {
  Scanner scanner;
  if (const auto stream = stream_in(active)) {
    auto closed = closed_files(dir, *stream);
    if (!closed) return fail(closed.error());
    if (!closed->empty()) {
      const auto& last = closed->back();
      const bool cut_short = active.is_also(last.path);
      if (const auto undone = active.undo_rotation(last.path); !undone) return fail(undone.error());
      if (cut_short) closed->pop_back();
    }
    for (const auto& file : *closed) {
      if (const auto read = scan_closed(file.path, scanner); !read) return fail(read.error());
    }
  }
  if (const auto read = scanner.read([&](std::span<char> buffer) { return active.read(buffer); }); !read) {
    return fail(read.error());
  }
  return scanner.finish();
}

Result<Scanned> scan_stream(const std::string& dir, File& file, const std::string& name, Random& random) {
  auto found = scan_files(dir, file);
  if (!found && found.error().code() != ErrorCode::bad_input) return fail(found.error());
  if (!found) return not_trusted(file.path(), found.error());
  if (found->stream.empty()) {
    found->stream = new_stream(name, random);
  } else if (!found->stream.starts_with(name + "-") ||
             found->stream.size() != name.size() + 1 + kStreamRandom * 8 / 5) {
    const auto whose = fmt::format("it holds the stream {}, which is not one of replica {}", found->stream, name);
    return not_trusted(file.path(), {ErrorCode::bad_input, whose});
  }
  if (!found->torn) return found;
  if (const auto cut = file.truncate(found->bytes); !cut) return fail(cut.error());
  return found;
}

}  // namespace

Result<Opened> open(const std::string& dir, const std::string& name, const Clock& clock, Random& random,
                    const Limits& limits) {
  if (!is_dns_name(name)) return fail(ErrorCode::bad_input, "the replica's name \"" + name + "\" is no DNS name");
  auto file = File::open(dir, name + ".jsonl");
  if (!file) return fail(file.error().while_doing("opening the log"));
  auto found = scan_stream(dir, *file, name, random);
  if (!found) return fail(found.error());

  Opened opened;
  Writer::Begun begun{found->first_seq, found->bytes, found->begun.value_or(Instant{}), std::move(found->log_key)};
  opened.journal = std::make_unique<FileJournal>(std::move(*file), std::move(begun),
                                                 Place{found->stream, found->seq + 1, found->head}, limits, clock);
  opened.records = found->seq;
  opened.retired_up_to = found->signed_retired_up_to;
  opened.open_intents = std::move(found->open_intents);
  opened.history = std::move(found->history);
  opened.repaired = std::move(found->torn);
  if (opened.repaired) {
    LogRecord record{"repaired"};
    record.fields.set("truncated_bytes", opened.repaired->bytes).set("sha256", opened.repaired->sha256);
    opened.journal->append_async(std::move(record));
  }
  return opened;
}

}  // namespace sallyport::journal
