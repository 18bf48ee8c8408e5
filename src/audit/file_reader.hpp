#pragma once

#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "journal/scan.hpp"

namespace sallyport::audit {

// A file, whatever name it comes to have: the device, and its number there.
using FileIdentity = std::pair<std::uint64_t, std::uint64_t>;
// Of what has this name now; nothing if nothing does.
[[nodiscard]] std::optional<FileIdentity> identity_of(const std::string& path);

// A file that is read from its beginning to its end, once; of one that grows, as far as it is wanted. Sizes are those
// of the file as it is stored; what is read is what was compressed, if it is.
class FileReader {
 public:
  explicit FileReader(const std::string& path, std::uint64_t limit = std::numeric_limits<std::uint64_t>::max());

  // From the beginning. Lives no longer than this.
  [[nodiscard]] journal::ReadSome as_source();
  // Once reading has failed: since what is stored is no more what was compressed.
  [[nodiscard]] bool is_damaged() const { return damaged_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_; }
  // Nothing, and zero, if it can not be read.
  [[nodiscard]] const std::optional<FileIdentity>& identity() const { return identity_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }  // when it was opened

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  std::string why_not_;
  std::optional<FileIdentity> identity_;
  std::uint64_t size_ = 0;
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t limit_;
  std::uint64_t bytes_ = 0;
  bool damaged_ = false;
};

}  // namespace sallyport::audit
