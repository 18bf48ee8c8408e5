#pragma once

#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sallyport::audit {

// A zip file, written entry after entry and holding none of them in memory. The same entries make the same bytes:
// nothing in it tells when, where or by whom it was written.
class ZipFile {
 public:
  // The file is the caller's; it must be empty, and be there for longer.
  explicit ZipFile(std::FILE* file);

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
  std::unique_ptr<void, Close> zip_;
  std::set<std::string> names_;
};

}  // namespace sallyport::audit
