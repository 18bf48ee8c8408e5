#include "sink/cursor.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <limits>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/files.hpp"
#include "json/json.hpp"

namespace sallyport::sink {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".cursor";
constexpr std::uint64_t kFormat = 1;
constexpr std::size_t kHeadSize = 64;

std::string path_of(const std::string& dir, const std::string& sink) {
  return fmt::format("{}/{}{}", dir, sink, kSuffix);
}

std::string encode(const Cursor& cursor) {
  auto positions = json::Value::array();
  for (const auto& position : cursor.positions) {
    auto each = json::Value::object();
    each.set("stream", position.stream).set("seq", position.seq).set("offset", position.offset);
    each.set("head", position.head);
    positions.push(std::move(each));
  }
  auto whole = json::Value::object();
  whole.set("v", kFormat).set("sink", cursor.sink).set("positions", std::move(positions));
  return json::write(whole) + "\n";
}

// Nothing of a cursor is believed unless all of it can be read.
std::vector<logs::Position> decode(std::string_view text, const std::string& sink) {
  const auto whole = json::parse(text);
  if (!whole || (*whole)["v"].unsigned_integer() != kFormat || (*whole)["sink"].text() != sink) return {};
  std::vector<logs::Position> positions;
  for (const auto& each : (*whole)["positions"].items()) {
    const auto seq = each["seq"].unsigned_integer();
    const auto offset = each["offset"].unsigned_integer();
    logs::Position position{std::string(each["stream"].text()), seq.value_or(0), offset.value_or(0),
                            std::string(each["head"].text())};
    if (!seq || !offset || position.stream.empty() || position.head.size() != kHeadSize) return {};
    positions.push_back(std::move(position));
  }
  return positions;
}

std::unexpected<Error> system_error(std::string_view doing, const std::string& path) {
  return fail(ErrorCode::unavailable, fmt::format("{} {}: {}", doing, path, std::system_category().message(errno)));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

Result<void> write_new(const std::string& path, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.number() < 0) return system_error("opening", path);
  while (!text.empty()) {
    const auto count = ::write(file.number(), text.data(), text.size());
    if (count < 0 && errno != EINTR) return system_error("writing", path);
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fdatasync(file.number()) != 0) return system_error("syncing", path);
  return {};
}

}  // namespace

bool is_sink_name(std::string_view name) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= 63 && is_plain(name.front()) && is_plain(name.back()) &&
         std::ranges::all_of(name, [&](char c) { return is_plain(c) || c == '-'; });
}

Result<std::vector<Cursor>> read_cursors(const std::string& dir) {
  std::vector<Cursor> cursors;
  std::error_code error;
  for (auto entry = fs::directory_iterator(dir, error); !error && entry != fs::end(entry); entry.increment(error)) {
    const auto name = entry->path().stem().string();
    if (entry->path().extension() == kSuffix && is_sink_name(name)) cursors.push_back(read_cursor(dir, name));
  }
  if (error) return fail(ErrorCode::unavailable, fmt::format("reading {}: {}", dir, error.message()));
  std::ranges::sort(cursors, {}, &Cursor::sink);
  return cursors;
}

std::uint64_t taken_up_to(const std::string& dir, std::string_view stream) {
  const auto cursors = read_cursors(dir);
  if (!cursors) return 0;
  auto least = std::numeric_limits<std::uint64_t>::max();
  for (const auto& cursor : *cursors) {
    const auto position = std::ranges::find(cursor.positions, stream, &logs::Position::stream);
    least = std::min(least, position == cursor.positions.end() ? 0 : position->seq);
  }
  return least;
}

Cursor read_cursor(const std::string& dir, const std::string& sink) {
  const auto text = read_file(path_of(dir, sink));
  return {sink, text ? decode(*text, sink) : std::vector<logs::Position>{}};
}

Result<void> write_cursor(const std::string& dir, const Cursor& cursor) {
  const auto path = path_of(dir, cursor.sink);
  const auto next = path + ".new";
  if (auto written = write_new(next, encode(cursor)); !written) return written;
  if (::rename(next.c_str(), path.c_str()) != 0) return system_error("renaming", next);
  const Descriptor directory(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.number() < 0 || ::fsync(directory.number()) != 0) return system_error("syncing", dir);
  return {};
}

Result<void> remove_cursor(const std::string& dir, const std::string& sink) {
  const auto path = path_of(dir, sink);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error("removing", path);
  return {};
}

}  // namespace sallyport::sink
