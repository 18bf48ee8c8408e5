#include "base/files.hpp"

#include <fstream>

namespace sallyport {

Result<std::string> read_file(const std::filesystem::path& path) {
  constexpr std::size_t largest = 1u << 20;
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::not_found, "cannot open " + path.string());
  std::string content(largest + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (file.bad()) return fail(ErrorCode::internal, "cannot read " + path.string());
  content.resize(static_cast<std::size_t>(file.gcount()));
  if (content.size() > largest) return fail(ErrorCode::bad_input, path.string() + " is larger than 1 MiB");
  return content;
}

}  // namespace sallyport
