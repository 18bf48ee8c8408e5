#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

#include "journal/line.hpp"

namespace sallyport::logs {

// A directory that goes with the test.
class TempDir {
 public:
  TempDir() {
    auto name = (std::filesystem::temp_directory_path() / "sallyport-logs-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline void append(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::app | std::ios::binary) << bytes;
}

// The lines of one stream, each following from the one before.
class Stream {
 public:
  explicit Stream(std::string name) : place_{std::move(name), 1, std::string(journal::kBeginning)} {}

  std::string next(std::size_t padding = 0) {
    const auto encoded = R"("event":"answered","why":")" + std::string(padding, 'x') + "\"}";
    auto line = journal::make_line(place_, Instant(std::chrono::seconds(1'763'719'200 + place_.seq)),
                                   std::chrono::seconds(place_.seq), encoded);
    place_.prev = journal::head_of(line);
    ++place_.seq;
    return line;
  }
  std::string next_lines(std::size_t count) {
    std::string lines;
    while (count-- > 0) lines += next();
    return lines;
  }

 private:
  journal::Place place_;
};

inline logs::Batch batch_of(const std::vector<std::string>& lines) {
  logs::Batch batch{.stream = "r-0-abcdefgh", .file_first_seq = 1, .lines = lines};
  for (const auto& line : lines) batch.bytes += line.size();
  batch.end = {batch.stream, lines.size(), batch.bytes, journal::head_of(lines.back())};
  return batch;
}

}  // namespace sallyport::logs
