#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

#include "base/gzip.hpp"
#include "journal/line.hpp"
#include "journal/uncompressed.hpp"
#include "logs/batch.hpp"

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

inline void write_file(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::trunc | std::ios::binary) << bytes;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string gzip(std::string_view bytes) {
  Gzip gzip;
  const auto begun = gzip.add(bytes);
  return begun + gzip.finish();
}

// What was compressed, or why that cannot be had.
inline std::string gunzip(std::string_view stored) {
  std::string bytes(1 << 20, '\0');
  const auto read = journal::uncompressed([stored](std::span<char> room) mutable -> Result<std::size_t> {
    const auto count = stored.copy(room.data(), room.size());
    stored.remove_prefix(count);
    return count;
  });
  const auto count = read(bytes);
  if (!count) return count.error().message();
  bytes.resize(*count);
  return bytes;
}

// What the file holds, compressed, in its place.
inline void compress(const std::string& path) {
  write_file(path + ".gz", gzip(read_file(path)));
  std::filesystem::remove(path);
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
