#include "keys/new_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace sallyport::keys {

Result<void> write_new_file(const std::filesystem::path& path, const Secret& content) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0 && errno == EEXIST) return fail(ErrorCode::already_exists, path.string() + " exists already");
  const auto bytes = content.reveal();
  const bool written = file >= 0 && ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                       ::fsync(file) == 0;
  const std::string why = std::strerror(errno);
  if (file >= 0) ::close(file);
  if (written) return {};
  if (file >= 0) ::unlink(path.c_str());  // half of a key is none
  return fail(ErrorCode::internal, path.string() + " cannot be written: " + why);
}

}  // namespace sallyport::keys
