#pragma once

#include <cstdint>
#include <cstdio>
#include <string_view>

#include <minizip/ioapi.h>

namespace sallyport::audit {

// Where minizip writes a zip file to, front to back, so that it can be a pipe. Minizip goes back into each entry's
// header for its sum and sizes; what it writes there is dropped, since they follow the entry as a data descriptor.
class ZipStream {
 public:
  explicit ZipStream(std::FILE* file) : file_(file) {}

  // For minizip's zipOpen2_64; they refer to this object.
  [[nodiscard]] zlib_filefunc64_def functions();

  [[nodiscard]] std::uint64_t end() const { return end_; }
  bool append(std::string_view bytes);
  bool flush() { return std::fflush(file_) == 0; }
  // What comes from now on is dropped: what is cut short must not look like a whole zip file.
  void abandon() { is_abandoned_ = true; }

 private:
  static ZipStream& of(void* opaque) { return *static_cast<ZipStream*>(opaque); }
  uLong write(const void* bytes, uLong size);
  long seek(std::uint64_t offset, int origin);

  std::FILE* file_;
  bool is_abandoned_ = false;
  std::uint64_t at_ = 0;   // where minizip believes to be
  std::uint64_t end_ = 0;  // bytes written so far
};

}  // namespace sallyport::audit
