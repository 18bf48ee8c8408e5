#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sallyport::audit {

class ZipStream;

// A zip file, written front to back, so that it can be a pipe, and holding no entry in memory. The same entries make
// the same bytes: nothing in it tells when, where or by whom it was written.
class ZipFile {
 public:
  // The file is the caller's; it must be empty, and be there for longer.
  explicit ZipFile(std::FILE* file);
  ZipFile(ZipFile&&) = delete;
  ~ZipFile();

  // An Error: it could not be written; or the name is not one that stays in the folder, or was there before.
  [[nodiscard]] Result<void> begin(const std::string& name);
  [[nodiscard]] Result<void> write(std::string_view bytes);
  [[nodiscard]] Result<void> end();
  // Only then is it a zip file.
  [[nodiscard]] Result<void> finish();

 private:
  struct Close {
    void operator()(void* zip) const;
  };
  // Of the entry that is being written.
  struct Entry {
    std::uint64_t begin = 0, bytes = 0;
    unsigned long crc32 = 0;
  };
  std::unique_ptr<ZipStream> stream_;
  std::unique_ptr<void, Close> zip_;
  Entry entry_;
  std::set<std::string> names_;
};

}  // namespace sallyport::audit
