#include "audit/file_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <sys/stat.h>

namespace sallyport::audit {

FileReader::FileReader(const std::string& path, std::uint64_t limit) : path_(path), limit_(limit) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) {
    why_not_ = std::system_category().message(errno);
  } else if (!S_ISREG(facts.st_mode)) {
    why_not_ = "it is no regular file";
  } else {
    file_.reset(std::fopen(path.c_str(), "rbe"));
    if (!file_)
      why_not_ = std::system_category().message(errno);
    else
      std::setvbuf(file_.get(), nullptr, _IONBF, 0);
  }
}

journal::ReadSome FileReader::as_source() {
  return [this](std::span<char> buffer) -> Result<std::size_t> {
    if (!file_) return fail(ErrorCode::not_found, path_ + " can not be read: " + why_not_);
    const auto wanted = std::min<std::uint64_t>(buffer.size(), limit_ - bytes_);
    const auto count = std::fread(buffer.data(), 1, wanted, file_.get());
    if (std::ferror(file_.get()) != 0) {
      return fail(ErrorCode::unavailable, path_ + " can not be read: " + std::system_category().message(errno));
    }
    bytes_ += count;
    return count;
  };
}

}  // namespace sallyport::audit
