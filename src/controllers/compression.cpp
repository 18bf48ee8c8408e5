#include "controllers/compression.hpp"

#include <filesystem>
#include <functional>
#include <vector>

#include "base/crypto.hpp"
#include "base/gzip.hpp"
#include "journal/file.hpp"
#include "journal/file_names.hpp"
#include "journal/uncompressed.hpp"
#include "logs/closed_files.hpp"

namespace sallyport::controllers {
namespace {

namespace fs = std::filesystem;
using journal::File;
using journal::kCompressed;
using journal::kCompressing;
using journal::ReadSome;

constexpr std::size_t kPiece = std::size_t{256} << 10;

using TakePiece = std::function<Result<void>(std::string_view piece)>;

ReadSome source_of(File& file) {
  return [&file](std::span<char> buffer) { return file.read(buffer); };
}

Result<void> read_all(const ReadSome& source, const std::stop_token& stop, const TakePiece& take) {
  std::vector<char> piece(kPiece);
  for (;;) {
    if (stop.stop_requested()) return fail(ErrorCode::cancelled, "stopping");
    const auto count = source(piece);
    if (!count) return fail(count.error());
    if (*count == 0) return {};
    if (auto taken = take({piece.data(), *count}); !taken) return taken;
  }
}

// The hash of what was compressed.
Result<std::string> write_compressed(File& from, File& to, const std::stop_token& stop) {
  Hasher hasher;
  Gzip gzip;
  auto written = read_all(journal::uncompressed(source_of(from)), stop, [&](std::string_view piece) {
    hasher.bytes(piece);
    return to.append(gzip.add(piece));
  });
  if (written) written = to.append(gzip.finish());
  if (written) written = to.sync();
  if (!written) return fail(written.error());
  return hex(hasher.finish());
}

Result<std::string> read_back(File& compressed, const std::stop_token& stop) {
  if (const auto rewound = compressed.rewind(); !rewound) return fail(rewound.error());
  Hasher hasher;
  const auto read =
      read_all(journal::uncompressed(source_of(compressed)), stop, [&](std::string_view piece) -> Result<void> {
        hasher.bytes(piece);
        return {};
      });
  if (!read) return fail(read.error());
  return hex(hasher.finish());
}

Result<void> take_place(const std::string& path, File& compressed) {
  // By which a Retirement knows how old its lines are.
  std::error_code error;
  const auto written = fs::last_write_time(path, error);
  if (!error) fs::last_write_time(compressed.path(), written, error);
  if (error) return fail(ErrorCode::unavailable, path + ": " + error.message());
  if (auto renamed = compressed.rename_to(path + std::string(kCompressed)); !renamed) return renamed;
  fs::remove(path, error);
  if (error) return fail(ErrorCode::unavailable, "removing " + path + ": " + error.message());
  return {};
}

// The log's next lines are worth more than its old ones made small.
Result<void> check_room(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  const auto space = error ? fs::space_info{} : fs::space(path, error);
  if (error) return fail(ErrorCode::unavailable, path + ": " + error.message());
  if (space.available >= 2 * size) return {};
  return fail(ErrorCode::unavailable, "there is too little room on the volume to compress " + path);
}

Result<void> compress(const std::string& path, const std::stop_token& stop) {
  auto from = File::open_to_read(path);
  if (!from) return fail(from.error());
  if (auto room = check_room(path); !room) return room;
  auto to = File::create(path + std::string(kCompressing));
  if (!to) return fail(to.error());
  const auto compress_and_check = [&]() -> Result<void> {
    const auto written = write_compressed(*from, *to, stop);
    if (!written) return fail(written.error());
    const auto there = read_back(*to, stop);
    if (!there) return fail(there.error());
    if (*there != *written) return fail(ErrorCode::internal, path + " was not read back as it was compressed");
    return take_place(path, *to);
  };
  auto done = compress_and_check();
  if (!done && to->path().ends_with(kCompressing)) {
    std::error_code error;
    fs::remove(to->path(), error);
  }
  return done;
}

}  // namespace

Result<void> compress_closed(const std::string& dir, std::string_view stream, const std::stop_token& stop) {
  const auto files = logs::closed_files(dir, stream);
  if (!files) return fail(files.error());
  Result<void> all;
  for (std::size_t index = 0; index + 1 < files->size() && !stop.stop_requested(); ++index) {
    const auto& [path, first_seq, head_before, why_unknown] = (*files)[index];
    if (!why_unknown && path.ends_with(kCompressed)) continue;
    const auto compressed = why_unknown ? fail(ErrorCode::bad_input, path + ": " + *why_unknown) : compress(path, stop);
    if (!compressed && compressed.error().code() != ErrorCode::cancelled && all) all = compressed;
  }
  return all;
}

}  // namespace sallyport::controllers
