#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "audit/export/zip_file.hpp"
#include "base/crypto.hpp"
#include "base/result.hpp"

namespace sallyport::audit {

// A zip file with one folder, in which SHA256SUMS names each other file and its hash.
class BundleFile {
 public:
  // The file is the caller's; it must be empty, and be there for longer.
  explicit BundleFile(std::FILE* file) : zip_(file) {}

  [[nodiscard]] Result<void> begin(const std::string& name);
  [[nodiscard]] Result<void> write(std::string_view bytes);
  // The hash, in hex, of what was written since it began.
  [[nodiscard]] Result<std::string> end();
  // The three in one.
  [[nodiscard]] Result<void> add(const std::string& name, std::string_view content);
  [[nodiscard]] Result<void> finish();

 private:
  ZipFile zip_;
  std::string name_;
  Hasher hasher_;
  std::string sums_;
};

}  // namespace sallyport::audit
