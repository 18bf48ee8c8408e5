#include "journal/file.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sallyport::journal {
namespace {

// What the last system call on it has failed with.
std::unexpected<Error> system_error(std::string_view doing, std::string_view path) {
  return fail(ErrorCode::unavailable, fmt::format("{} {}: {}", doing, path, std::system_category().message(errno)));
}

// Makes the entries of a directory durable.
Result<void> sync_directory(const std::string& dir) {
  const int descriptor = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return system_error("opening", dir);
  Result<void> synced;
  if (::fsync(descriptor) != 0) synced = system_error("syncing", dir);
  ::close(descriptor);
  return synced;
}

Result<void> make_directory(const std::string& dir) {
  if (::mkdir(dir.c_str(), 0700) == 0) return sync_directory(dir + "/..");
  if (errno != EEXIST) return system_error("making", dir);
  return {};
}

}  // namespace

Result<File> File::open(const std::string& dir, const std::string& file_name) {
  if (const auto made = make_directory(dir); !made) return fail(made.error());
  auto path = dir + "/" + file_name;
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return system_error("opening", path);
  File file(descriptor, std::move(path));
  if (const auto locked = file.lock(); !locked) return fail(locked.error());
  if (const auto synced = sync_directory(dir); !synced) return fail(synced.error());
  // After an fsync that failed, the cache may hold as clean what the disk never got. The scan is to see the disk.
  if (::fdatasync(descriptor) != 0) return system_error("syncing", file.path_);
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  return file;
}

Result<void> File::lock() {
  struct stat facts{};
  if (::fstat(descriptor_, &facts) != 0) return system_error("looking at", path_);
  if (!S_ISREG(facts.st_mode)) return fail(ErrorCode::bad_input, path_ + " is no regular file, and a log must be one");
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return system_error("locking", path_);
  return fail(ErrorCode::conflict, path_ +
                                       " is being written by another process: one log has one writer. Give each "
                                       "replica a name and a volume of its own, or stop the other one");
}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      sync_data_(std::move(other.sync_data_)) {}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::size_t> File::read(std::span<char> buffer) {
  ssize_t count = 0;
  do count = ::read(descriptor_, buffer.data(), buffer.size());
  while (count < 0 && errno == EINTR);
  if (count < 0) return system_error("reading", path_);
  return static_cast<std::size_t>(count);
}

Result<void> File::truncate(std::uint64_t size) {
  if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return system_error("truncating", path_);
  if (::fdatasync(descriptor_) != 0) return system_error("syncing", path_);
  return {};
}

Result<void> File::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return system_error("writing", path_);
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> File::sync() {
  if (sync_data_(descriptor_) != 0) return system_error("syncing", path_);
  return {};
}

}  // namespace sallyport::journal
