#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink/encode.hpp"
#include "sink/own_thread.hpp"
#include "sink/receiver.hpp"

namespace sallyport::sink {
namespace {

namespace asio = boost::asio;
using Kind = Outcome::Kind;

// It names a file, so it must not name a place.
bool is_plain(std::string_view stream) {
  return !stream.empty() && stream.size() <= 240 && std::ranges::all_of(stream, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

Outcome failed(std::string_view doing, const std::string& path) {
  return {Kind::later, fmt::format("{} {}: {}", doing, path, std::system_category().message(errno))};
}

Outcome copy(int descriptor, const std::string& path, std::string_view bytes, std::uint64_t offset) {
  struct stat facts{};
  if (::fstat(descriptor, &facts) != 0) return failed("looking at", path);
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  if (size < offset) {
    return {Kind::rejected, fmt::format("{} is shorter than what was copied into it: somebody has cut it", path)};
  }
  const auto there = static_cast<std::size_t>(std::min<std::uint64_t>(size - offset, bytes.size()));
  std::string old(there, '\0');
  if (::pread(descriptor, old.data(), there, static_cast<off_t>(offset)) != static_cast<ssize_t>(there)) {
    return failed("reading", path);
  }
  if (bytes.substr(0, there) != old) {
    return {Kind::rejected,
            fmt::format("{} holds other lines than the log has now, and they are left as they are", path)};
  }
  for (auto at = there; at < bytes.size();) {
    const auto count = ::pwrite(descriptor, bytes.data() + at, bytes.size() - at, static_cast<off_t>(offset + at));
    if (count < 0 && errno != EINTR) return failed("writing", path);
    if (count > 0) at += static_cast<std::size_t>(count);
  }
  if (::fdatasync(descriptor) != 0) return failed("syncing", path);
  return {Kind::taken};
}

Outcome copy_into(const std::string& path, std::string_view bytes, std::uint64_t offset) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return failed("opening", path);
  auto outcome = copy(descriptor, path, bytes, offset);
  ::close(descriptor);
  return outcome;
}

// Each file of the log is copied byte for byte into <directory>/<stream>.<first seq>.jsonl, every line to where it
// stands in the log's own file. So what is delivered twice is there once, and `sallyport log verify` can check the
// copy. What stands there already is never changed.
class FileReceiver final : public Receiver {
 public:
  FileReceiver(const asio::any_io_executor& executor, const Settings& settings)
      : directory_(settings.directory), timeout_(settings.timeout), thread_(executor) {}

  asio::awaitable<Outcome> deliver(const logs::Batch* batch) override {
    if (!is_plain(batch->stream)) co_return Outcome{Kind::rejected, "the stream's name is none that a file may have"};
    auto path = fmt::format("{}/{}.{}.jsonl", directory_, batch->stream, batch->file_first_seq);
    auto work = [path = std::move(path), bytes = ndjson(*batch), offset = batch->offset] {
      return copy_into(path, bytes, offset);
    };
    const auto outcome = co_await thread_.call(std::move(work), std::chrono::steady_clock::now() + timeout_);
    co_return outcome.value_or(Outcome{Kind::later, directory_ + ": its disk does not answer"});
  }

 private:
  const std::string directory_;
  const Duration timeout_;
  OwnThread thread_;
};

}  // namespace

std::unique_ptr<Receiver> make_file_receiver(const asio::any_io_executor& executor, const Settings& settings) {
  return std::make_unique<FileReceiver>(executor, settings);
}

}  // namespace sallyport::sink
