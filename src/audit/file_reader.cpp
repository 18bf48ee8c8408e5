#include "audit/file_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <sys/stat.h>

#include "journal/uncompressed.hpp"

namespace sallyport::audit {

namespace {

FileIdentity identity_of(const struct stat& facts) {
  return {facts.st_dev, facts.st_ino};
}

}  // namespace

std::optional<FileIdentity> identity_of(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return std::nullopt;
  return identity_of(facts);
}

FileReader::FileReader(const std::string& path, std::uint64_t limit) : path_(path), limit_(limit) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) {  // first, since to open a pipe would wait for whoever writes to it
    why_not_ = std::system_category().message(errno);
    return;
  }
  if (!S_ISREG(facts.st_mode)) {
    why_not_ = "it is no regular file";
    return;
  }
  file_.reset(std::fopen(path.c_str(), "rbe"));
  if (!file_ || ::fstat(::fileno(file_.get()), &facts) != 0) {
    why_not_ = std::system_category().message(errno);
    file_.reset();
    return;
  }
  std::setvbuf(file_.get(), nullptr, _IONBF, 0);
  identity_ = identity_of(facts);
  size_ = static_cast<std::uint64_t>(facts.st_size);
}

journal::ReadSome FileReader::as_source() {
  if (file_ && std::fseek(file_.get(), 0, SEEK_SET) != 0) {
    why_not_ = std::system_category().message(errno);
    file_.reset();
  }
  bytes_ = 0;
  damaged_ = false;
  const auto stored = [this](std::span<char> buffer) -> Result<std::size_t> {
    if (!file_) return fail(ErrorCode::not_found, path_ + " can not be read: " + why_not_);
    const auto wanted = std::min<std::uint64_t>(buffer.size(), limit_ - bytes_);
    const auto count = std::fread(buffer.data(), 1, wanted, file_.get());
    if (std::ferror(file_.get()) != 0) {
      return fail(ErrorCode::unavailable, path_ + " can not be read: " + std::system_category().message(errno));
    }
    bytes_ += count;
    return count;
  };
  return [this, plain = journal::uncompressed(stored)](std::span<char> buffer) -> Result<std::size_t> {
    auto count = plain(buffer);
    damaged_ = !count && count.error().code() == ErrorCode::bad_input;
    return count;
  };
}

}  // namespace sallyport::audit
