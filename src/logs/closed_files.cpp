#include "logs/closed_files.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "journal/file_names.hpp"
#include "logs/directory.hpp"

namespace sallyport::logs {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> why_unknown(const LogFile& file, std::string_view stream, std::uint64_t first_seq) {
  if (file.stream == stream && file.first_seq == first_seq) return std::nullopt;
  return fmt::format("it begins with line {} of stream {}, which is not what its name says", file.first_seq,
                     file.stream);
}

}  // namespace

Result<std::vector<ClosedFile>> closed_files(const std::string& dir, std::string_view stream) {
  Directory directory({dir}, {.below = false, .files = false});
  const auto found = directory.look();
  for (const auto& each : directory.not_listed()) {
    return fail(ErrorCode::unavailable, fmt::format("listing {}: {}", each.path, each.why));
  }
  std::vector<ClosedFile> files;
  const auto seq_of = [&](const std::string& path) {
    return journal::first_seq_in(fs::path(path).filename().native(), stream);
  };
  for (const auto& [name, of_stream] : found) {
    for (const auto& file : of_stream) {
      const auto seq = seq_of(file.path);
      if (seq) files.push_back({file.path, *seq, file.prev, why_unknown(file, stream, *seq)});
    }
  }
  for (const auto& each : directory.unreadable()) {
    if (const auto seq = seq_of(each.path)) files.push_back({each.path, *seq, "", each.why});
  }
  for (const auto& path : directory.not_regular()) {
    if (const auto seq = seq_of(path)) files.push_back({path, *seq, "", "it is no regular file"});
  }
  std::ranges::sort(files, {}, [](const auto& file) { return std::pair(file.first_seq, file.path.size()); });
  const auto twice = std::ranges::unique(files, {}, &ClosedFile::first_seq);
  files.erase(twice.begin(), twice.end());
  return files;
}

}  // namespace sallyport::logs
