#include "support.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace sallyport::journal {

Result<Opened> open(const std::string& dir, const std::string& name, const Limits& limits) {
  static const SystemClock clock;
  static SystemRandom random;
  return open(dir, name, clock, random, limits);
}

TempDir::TempDir() : path_(testing::TempDir() + "sallyport-journal-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) std::abort();
}

TempDir::~TempDir() {
  std::filesystem::remove_all(path_);
}

Environment::Environment(const char* name, const std::string& value) : name_(name) {
  ::setenv(name, value.c_str(), 1);
}

Environment::~Environment() {
  ::unsetenv(name_);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::vector<std::string> lines_of(std::string_view bytes) {
  std::vector<std::string> lines;
  while (!bytes.empty()) {
    const auto size = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
    lines.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return lines;
}

std::string join(const std::vector<std::string>& lines) {
  std::string bytes;
  for (const auto& line : lines) bytes += line;
  return bytes;
}

model::LogRecord record(std::string event, std::initializer_list<std::pair<const char*, const char*>> fields) {
  model::LogRecord record{std::move(event)};
  for (const auto& [key, value] : fields) record.fields.set(key, value);
  return record;
}

Result<model::LogPosition> append(Journal& journal, model::LogRecord record) {
  boost::asio::io_context io;
  Result<model::LogPosition> appended;
  boost::asio::co_spawn(
      io, journal.append(std::move(record)),
      [&appended](const std::exception_ptr&, Result<model::LogPosition> result) { appended = result; });
  io.run();
  return appended;
}

Result<Scanned> scan(const ReadSome& file) {
  Scanner scanner;
  if (const auto read = scanner.read(file); !read) return fail(read.error());
  return scanner.finish();
}

Result<Scanned> scan_bytes(std::string_view bytes) {
  return scan([bytes](std::span<char> buffer) mutable -> Result<std::size_t> {
    const auto count = bytes.copy(buffer.data(), buffer.size());
    bytes.remove_prefix(count);
    return count;
  });
}

bool becomes(const std::function<bool()>& so) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!so() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return so();
}

std::string sample_stream(int lines) {
  const model::LogRecord shapes[] = {
      record("replica_started", {{"version", "0.1.0"}}),
      record("intent", {{"intent", "i1"}, {"kind", "use"}, {"request", "a/b"}, {"resource_version", "41"}}),
      record("outcome", {{"intent", "i1"}, {"result", "done"}, {"resource_version", "42"}}),
      record("review_refused", {{"why", "\"quoted\", \\ and \u00fc\u2028\U0001f6aa, \x01"}}),
  };
  std::string bytes;
  Place place{"unit-aaaaaaaa", 1, std::string(kBeginning)};
  for (int i = 0; i < lines; ++i) {
    const auto line = make_line(place, Instant(std::chrono::seconds(1'700'000'000 + i)), std::chrono::seconds(i),
                                *encode(shapes[i % 4]));
    bytes += line;
    ++place.seq;
    place.prev = head_of(line);
  }
  return bytes;
}

}  // namespace sallyport::journal
