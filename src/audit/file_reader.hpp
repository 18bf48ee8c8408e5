#pragma once

#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>

#include "journal/scan.hpp"

namespace sallyport::audit {

// A file that is read from its beginning to its end, once; of one that grows, as far as it is wanted.
class FileReader {
 public:
  explicit FileReader(const std::string& path, std::uint64_t limit = std::numeric_limits<std::uint64_t>::max());

  // Lives no longer than this.
  [[nodiscard]] journal::ReadSome as_source();
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  std::string why_not_;
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t limit_;
  std::uint64_t bytes_ = 0;
};

}  // namespace sallyport::audit
