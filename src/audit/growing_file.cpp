#include "audit/growing_file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/line.hpp"

namespace sallyport::audit {
namespace {

constexpr std::uint64_t kPiece = 2 * journal::kLineLimit;  // the longest line, and then some

std::string reason() {
  return std::system_category().message(errno);
}

Result<std::string> read_at(int file, std::uint64_t place, std::size_t at_most) {
  std::string piece(at_most, '\0');
  const auto count = ::pread(file, piece.data(), piece.size(), static_cast<off_t>(place));
  if (count < 0) return fail(ErrorCode::unavailable, reason());
  piece.resize(static_cast<std::size_t>(count));
  return piece;
}

Stamp stamp_of(const struct stat& facts) {
  return {.identity = {facts.st_dev, facts.st_ino},
          .bytes = static_cast<std::uint64_t>(facts.st_size),
          .changed = std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec};
}

}  // namespace

std::optional<Stamp> stamp_of(const std::string& path) {
  struct stat facts{};
  return ::stat(path.c_str(), &facts) == 0 ? std::optional(stamp_of(facts)) : std::nullopt;
}

std::optional<Stamp> GrowingFile::stamp() const {
  struct stat facts{};
  return ::fstat(file_, &facts) == 0 ? std::optional(stamp_of(facts)) : std::nullopt;
}

Result<GrowingFile> GrowingFile::open(const std::string& path) {
  struct stat facts{};
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // NOLINT(*-vararg)
  if (file < 0) {
    const auto code = errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable;
    return fail(code, path + " can not be read: " + reason());
  }
  if (::fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    ::close(file);
    return fail(ErrorCode::bad_input, path + " can not be read: it is no regular file");
  }
  return GrowingFile(file, FileIdentity{facts.st_dev, facts.st_ino}, path);
}

GrowingFile::GrowingFile(GrowingFile&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      identity_(std::move(other.identity_)),
      path_(std::move(other.path_)),
      taken_(other.taken_) {}

GrowingFile::~GrowingFile() {
  if (file_ >= 0) ::close(file_);
}

std::uint64_t GrowingFile::size() const {
  const auto now = stamp();
  return now ? now->bytes : 0;
}

std::string GrowingFile::beginning() const {
  return read_at(file_, 0, kBeginning).value_or("");
}

Result<std::vector<std::string>> GrowingFile::read_more(std::uint64_t end) {
  if (end <= taken_) return std::vector<std::string>{};
  const auto read = read_at(file_, taken_, std::min(kPiece, end - taken_));
  if (!read) return fail(ErrorCode::unavailable, path_ + " can not be read: " + read.error().message());
  const auto& piece = *read;
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t newline = 0; (newline = piece.find('\n', begin)) != std::string::npos; begin = newline + 1) {
    lines.push_back(piece.substr(begin, newline + 1 - begin));
  }
  if (lines.empty() && piece.size() >= journal::kLineLimit) {
    return fail(ErrorCode::bad_input, path_ + ": a line is longer than a line may be");
  }
  taken_ += begin;
  return lines;
}

}  // namespace sallyport::audit
