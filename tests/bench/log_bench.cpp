// Durable appends, as many as there is time for: by the log's own journal, by SQLite, and by write and fdatasync alone.
// One measurement a run; logs.py pairs them.
//   log_bench journal|sqlite|bare DIR WRITERS SECONDS   -> {"appends":N,"seconds":S,"p50_us":N,"p99_us":N}
//   log_bench fill DIR MIB                              a signed log of that size; prints its public key
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include "journal/checkpoint.hpp"
#include "journal/journal.hpp"
#include "journal/line.hpp"

namespace {

using namespace sallyport;
using Clock = std::chrono::steady_clock;

[[noreturn]] void die(const std::string& why) {
  fmt::print(stderr, "log_bench: {}\n", why);
  std::exit(1);
}

// The answer to a gated call: the line that a busy log has most of.
model::LogRecord record(std::uint64_t number) {
  model::LogRecord made{"answered"};
  made.fields.set("request", "shop-866ab768/gate-fe45ufoa6ab6")
      .set("request_uid", "8e7a3a5e-35a4-4dc9-9d06-47cd1d1a3be1")
      .set("resource_version", std::to_string(1'000'000 + number))
      .set("digest", "sha256:9c110e57a0d94026c1399e513b4e836c3a3b543e0901a8d3c2521bad3b9f344f")
      .set("agent", "deployer")
      .set("username", "system:serviceaccount:agents:deployer")
      .set("operation", "UPDATE")
      .set("resource", "deployments.apps")
      .set("namespace", "shop-866ab768")
      .set("name", "api")
      .set("summary", "UPDATE deployments/api: image registry.example/api:100 -> registry.example/api:102")
      .set("admission_uid", "ac4a390b-6a58-450c-8aaf-be4bba5de48e")
      .set("dry_run", false)
      .set("allowed", false)
      .set("code", "ApprovalRequired")
      .set("status", 403)
      .set("count", 1);
  return made;
}

// The same bytes for those who keep no chain.
std::string line(std::uint64_t number) {
  const auto encoded = journal::encode(record(number));
  if (!encoded) die(encoded.error().message());
  return journal::make_line({"bench-abcdefgh", number, std::string(journal::kBeginning)}, Instant{}, Duration{},
                            *encoded);
}

const SystemClock kClock;

std::unique_ptr<journal::Journal> open_journal(const std::string& dir) {
  static SystemRandom random;
  auto opened = journal::open(dir, "bench", kClock, random);
  if (!opened) die(opened.error().message());
  return std::move(opened->journal);
}

// How long each append took.
class Times {
 public:
  explicit Times(int seconds) : until_(began_ + std::chrono::seconds(seconds)) {}

  [[nodiscard]] bool is_time_left() const { return Clock::now() < until_; }
  void add(Clock::duration took) { took_.push_back(took); }

  void print() {
    if (took_.empty()) die("not one append came to its end");
    const std::chrono::duration<double> seconds = Clock::now() - began_;
    std::ranges::sort(took_);
    fmt::print(R"({{"appends":{},"seconds":{:.3f},"p50_us":{},"p99_us":{}}})"
               "\n",
               took_.size(), seconds.count(), at(50), at(99));
  }

 private:
  [[nodiscard]] std::int64_t at(std::size_t percent) const {
    return took_[(took_.size() - 1) * percent / 100] / std::chrono::microseconds(1);
  }

  Clock::time_point began_ = Clock::now();
  Clock::time_point until_;
  std::vector<Clock::duration> took_;
};

boost::asio::awaitable<void> append_on(journal::Journal& journal, Times& times) {
  while (times.is_time_left()) {
    const auto began = Clock::now();
    const auto appended = co_await journal.append(record(static_cast<std::uint64_t>(began.time_since_epoch().count())));
    if (!appended) die(appended.error().message());
    times.add(Clock::now() - began);
  }
}

// As the engine does it: all who wait are coroutines of one thread.
void by_journal(const std::string& dir, int writers, Times& times) {
  boost::asio::io_context context;
  const auto journal = open_journal(dir);
  for (int i = 0; i < writers; ++i) co_spawn(context, append_on(*journal, times), boost::asio::detached);
  context.run();
}

void must(sqlite3* database, int code, int expected) {
  if (code != expected) die(sqlite3_errmsg(database));
}

// One connection for all threads, which is the quickest that it can do when each insert is a transaction of its own.
void by_sqlite(const std::string& dir, int writers, Times& times) {
  sqlite3* database = nullptr;
  must(database, sqlite3_open((dir + "/log.sqlite").c_str(), &database), SQLITE_OK);
  const auto* setup =
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE log(seq INTEGER PRIMARY KEY, line TEXT)";
  must(database, sqlite3_exec(database, setup, nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_stmt* insert = nullptr;
  must(database, sqlite3_prepare_v2(database, "INSERT INTO log(line) VALUES(?)", -1, &insert, nullptr), SQLITE_OK);
  std::mutex mutex;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < writers; ++i) {
      threads.emplace_back([&] {
        for (std::uint64_t number = 1; times.is_time_left(); ++number) {
          const auto began = Clock::now();
          const auto text = line(number);
          const std::lock_guard lock(mutex);
          must(database, sqlite3_bind_text(insert, 1, text.data(), static_cast<int>(text.size()), SQLITE_STATIC),
               SQLITE_OK);
          must(database, sqlite3_step(insert), SQLITE_DONE);
          must(database, sqlite3_reset(insert), SQLITE_OK);
          times.add(Clock::now() - began);
        }
      });
    }
  }
  sqlite3_finalize(insert);
  sqlite3_close(database);
}

void bare(const std::string& dir, Times& times) {
  const int file = ::open((dir + "/bare.jsonl").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) die("the file cannot be made");
  for (std::uint64_t number = 1; times.is_time_left(); ++number) {
    const auto began = Clock::now();
    const auto text = line(number);
    if (::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) die("the file cannot be written");
    if (::fdatasync(file) != 0) die("the file cannot be synced");
    times.add(Clock::now() - began);
  }
  ::close(file);
}

void fill(const std::string& dir, std::uint64_t mib) {
  auto key = SigningKey::make();
  if (!key) die(key.error().message());
  fmt::print("{}\n", journal::write_verifier_key({.key = key->public_key()}));
  const auto journal = open_journal(dir);
  journal->sign_with(std::move(*key));
  std::uint64_t noted = 0;
  while (journal->counters().bytes < mib << 20) {
    // Not more than the journal takes ahead of the disk.
    if (noted < journal->counters().records + 10'000) {
      journal->append_async(record(++noted));
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (const auto why = journal->why_failed()) die(*why);
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  const std::string what = words.empty() ? "" : words[0];
  if (what == "fill" && words.size() == 3) {
    fill(words[1], std::stoull(words[2]));
    return 0;
  }
  if (words.size() != 4) die("usage: log_bench journal|sqlite|bare DIR WRITERS SECONDS, or fill DIR MIB");
  const int writers = std::stoi(words[2]);
  Times times(std::stoi(words[3]));
  if (what == "journal") {
    by_journal(words[1], writers, times);
  } else if (what == "sqlite") {
    by_sqlite(words[1], writers, times);
  } else if (what == "bare" && writers == 1) {
    bare(words[1], times);
  } else {
    die("there is no " + what + " with so many writers");
  }
  times.print();
}
