#pragma once

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "journal/journal.hpp"

namespace sallyport::journal {

// With the machine's clock.
[[nodiscard]] Result<Opened> open(const std::string& dir, const std::string& name, const Limits& limits = {});

// A directory that goes with the test.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

// An environment variable for as long as this lives.
class Environment {
 public:
  Environment(const char* name, const std::string& value);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
};

[[nodiscard]] std::string read_file(const std::string& path);
void write_file(const std::string& path, std::string_view bytes);
// With their newlines.
[[nodiscard]] std::vector<std::string> lines_of(std::string_view bytes);
[[nodiscard]] std::string join(const std::vector<std::string>& lines);

[[nodiscard]] model::LogRecord record(std::string event,
                                      std::initializer_list<std::pair<const char*, const char*>> fields = {});
// Awaits it on an io_context of its own.
Result<model::LogPosition> append(Journal& journal, model::LogRecord record);

[[nodiscard]] Result<Scanned> scan(const ReadSome& file);
[[nodiscard]] Result<Scanned> scan_bytes(std::string_view bytes);
// As soon as it is so; false if it is not within a minute, which no test that passes waits for.
[[nodiscard]] bool becomes(const std::function<bool()>& so);
// A stream of so many lines, of every shape that matters.
[[nodiscard]] std::string sample_stream(int lines);

}  // namespace sallyport::journal
