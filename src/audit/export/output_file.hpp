#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace sallyport::audit {

// A file that appears whole or not at all, for its owner's eyes alone. Until then it has no name where the file system
// can do that, so that not even a killed process leaves anything; else a hidden one beside where it will be.
class OutputFile {
 public:
  // already_exists: there is one of that name. With `force` it is replaced in the end, if it is a regular file.
  [[nodiscard]] static Result<OutputFile> create(const std::string& path, bool force);
  OutputFile(OutputFile&&) = default;
  ~OutputFile();

  [[nodiscard]] std::FILE* file() const { return file_.get(); }
  [[nodiscard]] Result<void> publish();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  OutputFile(std::string path, bool force) : path_(std::move(path)), force_(force) {}
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<void> give_name();
  [[nodiscard]] std::unexpected<Error> can_not() const;

  std::string path_;
  bool force_ = false;
  std::unique_ptr<std::string> hidden_;  // its present name, if it has one; moved away, it has none
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace sallyport::audit
