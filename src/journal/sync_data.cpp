#include "journal/sync_data.hpp"

#include <unistd.h>

#ifdef SALLYPORT_FAILPOINTS
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#endif

namespace sallyport::journal {

#ifndef SALLYPORT_FAILPOINTS

SyncData make_sync_data() {
  return ::fdatasync;
}

#else

namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

std::optional<unsigned> number_after(std::string_view point) {
  auto set = variable("SALLYPORT_FAILPOINT");
  if (!set.starts_with(point)) return std::nullopt;
  set.remove_prefix(point.size());
  unsigned number = 0;
  const auto parsed = std::from_chars(set.data(), set.data() + set.size(), number);
  return parsed.ec == std::errc{} ? std::optional(number) : std::nullopt;
}

class FailingSync {
 public:
  int operator()(int descriptor) {
    ++calls_;
    if (takes_) std::this_thread::sleep_for(std::chrono::milliseconds(*takes_));
    if ((fails_from_ && calls_ >= *fails_from_) || (!fails_when_.empty() && ::access(fails_when_.c_str(), F_OK) == 0)) {
      errno = EIO;
      return -1;
    }
    return ::fdatasync(descriptor);
  }

 private:
  unsigned calls_ = 0;
  std::optional<unsigned> fails_from_ = number_after("fsync-fails:");
  std::optional<unsigned> takes_ = number_after("fsync-takes:");
  std::string fails_when_{variable("SALLYPORT_FSYNC_FAILS_WHEN")};
};

}  // namespace

SyncData make_sync_data() {
  return FailingSync();
}

#endif

}  // namespace sallyport::journal
