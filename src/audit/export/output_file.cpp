#include "audit/export/output_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.hpp"

namespace sallyport::audit {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOwnerAlone = 0600;

std::string folder_of(const std::string& path) {
  const auto folder = fs::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

std::string hidden_name(const std::string& path) {
  const auto random = random_secret(5);
  const auto bytes = random.reveal();
  return fmt::format("{}/.sallyport-{}", folder_of(path),
                     base32({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}));
}

// A pipe, a device or a link there is not ours to replace, whatever is forced.
Result<void> check_target(const std::string& path, bool force) {
  struct stat facts{};
  if (::lstat(path.c_str(), &facts) != 0) return {};
  if (!S_ISREG(facts.st_mode)) return fail(ErrorCode::already_exists, path + " is there, and is no regular file");
  if (!force) return fail(ErrorCode::already_exists, path + " is there already; --force replaces it");
  return {};
}

}  // namespace

Result<OutputFile> OutputFile::create(const std::string& path, bool force) {
  if (const auto free = check_target(path, force); !free) return fail(free.error());
  OutputFile output(path, force);
  if (const auto opened = output.open(); !opened) return fail(opened.error());
  return output;
}

OutputFile::~OutputFile() {
  if (hidden_) ::unlink(hidden_->c_str());
}

Result<void> OutputFile::open() {
  int descriptor = ::open(folder_of(path_).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kOwnerAlone);
  if (descriptor < 0) {
    auto name = hidden_name(path_);
    descriptor = ::open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, kOwnerAlone);
    if (descriptor < 0) return can_not();
    hidden_ = std::make_unique<std::string>(std::move(name));
  }
  file_.reset(::fdopen(descriptor, "w+b"));
  return {};
}

Result<void> OutputFile::give_name() {
  if (hidden_) return {};
  auto name = hidden_name(path_);
  const auto unnamed = fmt::format("/proc/self/fd/{}", ::fileno(file_.get()));
  if (::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0) return can_not();
  hidden_ = std::make_unique<std::string>(std::move(name));
  return {};
}

Result<void> OutputFile::publish() {
  if (std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0) return can_not();
  if (const auto named = give_name(); !named) return named;
  int renamed = -1;
  if (!force_) {
    renamed = ::renameat2(AT_FDCWD, hidden_->c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE);
    // Some network file systems know no such rename: look, and then do it.
    if (renamed != 0 && errno != EINVAL && errno != ENOSYS) return can_not();
  }
  if (renamed != 0) {
    if (const auto free = check_target(path_, force_); !free) return free;
    if (::rename(hidden_->c_str(), path_.c_str()) != 0) return can_not();
  }
  hidden_.reset();
  return {};
}

std::unexpected<Error> OutputFile::can_not() const {
  return fail(ErrorCode::unavailable, path_ + " cannot be written: " + std::system_category().message(errno));
}

}  // namespace sallyport::audit
