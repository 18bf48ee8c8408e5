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

std::string directory_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

constexpr const char* kToBe = ".next";

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

Result<File> File::create(const std::string& path) {
  ::unlink(path.c_str());
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return system_error("making", path);
  return File(descriptor, path);
}

Result<File> File::open_to_read(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return system_error("opening", path);
  return File(descriptor, path);
}

Result<void> File::lock() {
  struct stat facts{};
  if (::fstat(descriptor_, &facts) != 0) return system_error("looking at", path_);
  if (!S_ISREG(facts.st_mode)) return fail(ErrorCode::bad_input, path_ + " is no regular file, and a log must be one");
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) {
    // Its writer may have closed it meanwhile, and goes on in the next.
    if (is_also(path_)) return {};
    errno = EWOULDBLOCK;
  }
  if (errno != EWOULDBLOCK) return system_error("locking", path_);
  return fail(ErrorCode::conflict, path_ +
                                       " is being written by another process: one log has one writer. Give each "
                                       "replica a name and a volume of its own, or stop the other one");
}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      sync_data_(std::move(other.sync_data_)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  std::swap(sync_data_, other.sync_data_);
  return *this;
}

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

Result<void> File::rewind() {
  if (::lseek(descriptor_, 0, SEEK_SET) < 0) return system_error("reading", path_);
  ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_DONTNEED);
  return {};
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

bool File::is_also(const std::string& path) const {
  struct stat mine{}, other{};
  return ::fstat(descriptor_, &mine) == 0 && ::lstat(path.c_str(), &other) == 0 && mine.st_dev == other.st_dev &&
         mine.st_ino == other.st_ino;
}

Result<File> File::make_next(const std::string& closed_path, std::string_view first_line) {
  auto created = create(path_ + kToBe);
  if (!created) return created;
  File next = std::move(*created);
  next.sync_data_ = sync_data_;
  auto made = next.lock();
  if (made) made = next.append(first_line);
  if (made) made = next.sync();
  if (made && ::link(path_.c_str(), closed_path.c_str()) != 0) made = system_error("making", closed_path);
  if (made) made = sync_directory(directory_of(path_));
  if (made) return next;
  ::unlink(next.path_.c_str());
  if (is_also(closed_path)) ::unlink(closed_path.c_str());
  return fail(made.error());
}

Result<void> File::rename_to(const std::string& path) {
  if (::rename(path_.c_str(), path.c_str()) != 0) return system_error("renaming", path_);
  path_ = path;
  return sync_directory(directory_of(path_));
}

Result<void> File::undo_rotation(const std::string& second_path) {
  for (const auto& path : {path_ + kToBe, is_also(second_path) ? second_path : ""}) {
    if (!path.empty() && ::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error("removing", path);
  }
  return sync_directory(directory_of(path_));
}

}  // namespace sallyport::journal
