#include "audit/export/bundle_file.hpp"

#include <fmt/format.h>

namespace sallyport::audit {
namespace {

constexpr std::string_view kFolder = "sallyport-evidence/";

}  // namespace

Result<void> BundleFile::begin(const std::string& name) {
  name_ = name;
  hasher_ = Hasher();
  return zip_.begin(std::string(kFolder) + name);
}

Result<void> BundleFile::write(std::string_view bytes) {
  hasher_.bytes(bytes);
  return zip_.write(bytes);
}

Result<std::string> BundleFile::end() {
  if (const auto ended = zip_.end(); !ended) return fail(ended.error());
  auto sum = hex(hasher_.finish());
  sums_ += fmt::format("{}  {}\n", sum, name_);
  return sum;
}

Result<void> BundleFile::add(const std::string& name, std::string_view content) {
  if (const auto begun = begin(name); !begun) return begun;
  if (const auto written = write(content); !written) return written;
  if (const auto ended = end(); !ended) return fail(ended.error());
  return {};
}

Result<void> BundleFile::finish() {
  const auto sums = sums_;
  if (const auto added = add("SHA256SUMS", sums); !added) return added;
  return zip_.finish();
}

}  // namespace sallyport::audit
