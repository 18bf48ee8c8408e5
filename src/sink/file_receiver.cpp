#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink/encode.hpp"
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

// Each file of the log is copied byte for byte into <directory>/<stream>.<first seq>.jsonl, every line to where it
// stands in the log's own file. So what is delivered twice is there once, and `sallyport log verify` can check the
// copy. What stands there already is never changed.
class FileReceiver final : public Receiver {
 public:
  explicit FileReceiver(std::string directory) : directory_(std::move(directory)) {}

  asio::awaitable<Outcome> deliver(const Batch* batch) override {
    if (!is_plain(batch->stream)) co_return Outcome{Kind::rejected, "the stream's name is none that a file may have"};
    const auto path = fmt::format("{}/{}.{}.jsonl", directory_, batch->stream, batch->file_first_seq);
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) co_return failed("opening", path);
    auto outcome = copy(descriptor, path, ndjson(*batch), batch->offset);
    ::close(descriptor);
    co_return outcome;
  }

 private:
  static Outcome failed(std::string_view doing, const std::string& path) {
    return {Kind::later, fmt::format("{} {}: {}", doing, path, std::system_category().message(errno))};
  }

  static Outcome copy(int descriptor, const std::string& path, std::string_view bytes, std::uint64_t offset) {
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

  const std::string directory_;
};

}  // namespace

std::unique_ptr<Receiver> make_file_receiver(std::string directory) {
  return std::make_unique<FileReceiver>(std::move(directory));
}

}  // namespace sallyport::sink
