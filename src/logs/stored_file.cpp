#include "logs/stored_file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/uncompressed.hpp"

namespace sallyport::logs {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;
constexpr char kGzipBegins = '\x1f';

std::string reason() {
  return std::system_category().message(errno);
}

Stamp stamp_of(const struct stat& facts) {
  return {.identity = {facts.st_dev, facts.st_ino},
          .bytes = static_cast<std::uint64_t>(facts.st_size),
          .changed = std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec};
}

}  // namespace

std::optional<Stamp> stamp_of(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return std::nullopt;
  return stamp_of(facts);
}

// Without waiting, as one would for whoever writes to a pipe.
StoredFile::StoredFile(std::string path, std::uint64_t limit)
    : path_(std::move(path)),
      limit_(limit),
      descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {  // NOLINT(*-vararg)
  struct stat facts{};
  if (descriptor_ < 0 || ::fstat(descriptor_, &facts) != 0) {
    why_not_ = reason();
    return;
  }
  if (!S_ISREG(facts.st_mode)) {
    why_not_ = "it is no regular file";
    return;
  }
  stamp_ = stamp_of(facts);
  is_compressed_ = read_stored(0, 1).value_or("").starts_with(kGzipBegins);
}

StoredFile::StoredFile(StoredFile&& other) noexcept
    : path_(std::move(other.path_)),
      limit_(other.limit_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      why_not_(std::move(other.why_not_)),
      stamp_(std::move(other.stamp_)),
      is_compressed_(other.is_compressed_),
      bytes_(other.bytes_),
      damaged_(other.damaged_) {}

StoredFile::~StoredFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

journal::ReadSome StoredFile::as_source() {
  bytes_ = 0;
  damaged_ = false;
  const auto stored = [this](std::span<char> room) -> Result<std::size_t> {
    const auto wanted = std::min<std::uint64_t>(room.size(), limit_ - bytes_);
    const auto count = read_stored(bytes_, room.first(wanted));
    bytes_ += count.value_or(0);
    return count;
  };
  return [this, plain = journal::uncompressed(stored)](std::span<char> room) -> Result<std::size_t> {
    auto count = plain(room);
    damaged_ = !count && count.error().code() == ErrorCode::bad_input;
    return count;
  };
}

Result<std::string> StoredFile::read(std::uint64_t offset, std::size_t at_most) {
  const auto too_short = [this] {
    return fail(ErrorCode::conflict, path_ + " is shorter than what was delivered of it");
  };
  if (!is_compressed_) return stamp_ && offset > stamp_->bytes ? too_short() : read_stored(offset, at_most);
  if (offset < window_at_) return fail(ErrorCode::internal, path_ + " cannot be read backwards");
  while (window_at_ < offset) {
    const auto there = fill_up_to(std::min(offset, window_at_ + kPiece));
    if (!there) return fail(there.error());
    if (!*there && window_at_ + window_.size() < offset) return too_short();
    const auto passed = std::min<std::uint64_t>(offset - window_at_, window_.size());
    window_.erase(0, passed);
    window_at_ += passed;
  }
  if (const auto there = fill_up_to(offset + at_most); !there) return fail(there.error());
  return window_.substr(0, at_most);
}

Result<std::string> StoredFile::tail(std::size_t at_most) {
  const auto size = stamp_ ? stamp_->bytes : 0;
  if (!is_compressed_) return read_stored(size > at_most ? size - at_most : 0, at_most);
  for (;;) {
    const auto there = fill_up_to(window_at_ + at_most + kPiece);
    if (!there) return fail(there.error());
    const auto passed = window_.size() > at_most ? window_.size() - at_most : 0;
    window_.erase(0, passed);
    window_at_ += passed;
    if (!*there) return window_;
  }
}

Error StoredFile::cannot_read(const std::string& why) const {
  return {stamp_ ? ErrorCode::unavailable : ErrorCode::not_found, path_ + " cannot be read: " + why};
}

Result<std::string> StoredFile::read_stored(std::uint64_t offset, std::size_t at_most) const {
  std::string bytes(at_most, '\0');
  const auto count = read_stored(offset, std::span(bytes));
  if (!count) return fail(count.error());
  bytes.resize(*count);
  return bytes;
}

Result<std::size_t> StoredFile::read_stored(std::uint64_t offset, std::span<char> room) const {
  if (!stamp_) return fail(cannot_read(why_not_));
  std::size_t have = 0;
  while (have < room.size()) {
    const auto count = ::pread(descriptor_, room.data() + have, room.size() - have, static_cast<off_t>(offset + have));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(cannot_read(reason()));
    if (count == 0) break;
    have += static_cast<std::size_t>(count);
  }
  return have;
}

Result<bool> StoredFile::fill_up_to(std::uint64_t end) {
  if (!plain_) {
    plain_ = journal::uncompressed([this, at = std::uint64_t{0}](std::span<char> room) mutable {
      const auto count = read_stored(at, room);
      at += count.value_or(0);
      return count;
    });
  }
  while (window_at_ + window_.size() < end) {
    const auto held = window_.size();
    window_.resize(held + kPiece);
    const auto count = plain_({window_.data() + held, kPiece});
    window_.resize(held + count.value_or(0));
    if (!count) return fail(count.error().while_doing(path_));
    if (*count == 0) return false;
  }
  return true;
}

}  // namespace sallyport::logs
