#include "sink/log_file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/closed_files.hpp"
#include "journal/uncompressed.hpp"

namespace sallyport::sink {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;

}  // namespace

LogFile::LogFile(const std::string& path)
    : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {
  struct stat facts{};
  if (descriptor_ < 0 || ::fstat(descriptor_, &facts) != 0) return;
  inode_ = facts.st_ino;
  size_ = static_cast<std::uint64_t>(facts.st_size);
  if (journal::without_compressed(path) == path) return;
  source_ = journal::uncompressed([this](std::span<char> room) -> Result<std::size_t> {
    const auto bytes = read_stored(stored_at_, room.size());
    if (!bytes) return fail(bytes.error());
    stored_at_ += bytes->size();
    return bytes->copy(room.data(), room.size());
  });
}

LogFile::~LogFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::string> LogFile::read(std::uint64_t offset, std::size_t at_most) {
  if (!is_compressed()) {
    if (offset <= size_) return read_stored(offset, at_most);
    return fail(ErrorCode::conflict, path_ + " is shorter than what was delivered of it");
  }
  if (offset < window_at_) return fail(ErrorCode::internal, path_ + " can not be read backwards");
  while (window_at_ < offset) {
    const auto there = fill_up_to(std::min(offset, window_at_ + kPiece));
    if (!there) return fail(there.error());
    if (!*there && window_at_ + window_.size() < offset) {
      return fail(ErrorCode::conflict, path_ + " is shorter than what was delivered of it");
    }
    const auto passed = std::min<std::uint64_t>(offset - window_at_, window_.size());
    window_.erase(0, passed);
    window_at_ += passed;
  }
  if (const auto there = fill_up_to(offset + at_most); !there) return fail(there.error());
  return window_.substr(0, at_most);
}

Result<std::string> LogFile::tail(std::size_t at_most) {
  if (!is_compressed()) return read_stored(size_ > at_most ? size_ - at_most : 0, at_most);
  for (;;) {
    const auto there = fill_up_to(window_at_ + at_most + kPiece);
    if (!there) return fail(there.error());
    const auto passed = window_.size() > at_most ? window_.size() - at_most : 0;
    window_.erase(0, passed);
    window_at_ += passed;
    if (!*there) return window_;
  }
}

Result<std::string> LogFile::read_stored(std::uint64_t offset, std::size_t at_most) const {
  std::string bytes(at_most, '\0');
  std::size_t have = 0;
  while (have < at_most) {
    const auto count = ::pread(descriptor_, bytes.data() + have, at_most - have, static_cast<off_t>(offset + have));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorCode::unavailable, path_ + ": " + std::system_category().message(errno));
    if (count == 0) break;
    have += static_cast<std::size_t>(count);
  }
  bytes.resize(have);
  return bytes;
}

Result<bool> LogFile::fill_up_to(std::uint64_t end) {
  while (window_at_ + window_.size() < end) {
    const auto held = window_.size();
    window_.resize(held + kPiece);
    const auto count = source_({window_.data() + held, kPiece});
    window_.resize(held + count.value_or(0));
    if (!count) return fail(count.error().while_doing(path_));
    if (*count == 0) return false;
  }
  return true;
}

}  // namespace sallyport::sink
