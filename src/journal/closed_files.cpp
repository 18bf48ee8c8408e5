#include "journal/closed_files.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace sallyport::journal {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".jsonl";

// "<stream>.<number>.jsonl", compressed or not, and nothing else.
std::optional<std::uint64_t> first_seq_in(std::string_view file, std::string_view stream) {
  const auto name = without_compressed(file);
  if (!name.starts_with(stream) || !name.ends_with(kEnding)) return std::nullopt;
  std::uint64_t number = 0;
  const auto* end = name.data() + name.size();
  const auto* begin = name.data() + std::min(stream.size() + 1, name.size());
  std::from_chars(begin, end, number);
  return name == closed_file_name(stream, number) ? std::optional(number) : std::nullopt;
}

}  // namespace

// The stream "<replica>-<8 characters>" is in "<replica>.jsonl".
std::string written_file_name(std::string_view stream) {
  return fmt::format("{}{}", stream.substr(0, stream.rfind('-')), kEnding);
}

std::string closed_file_name(std::string_view stream, std::uint64_t first_seq) {
  return fmt::format("{}.{}{}", stream, first_seq, kEnding);
}

std::string_view without_compressed(std::string_view name) {
  return name.ends_with(kCompressed) ? name.substr(0, name.size() - kCompressed.size()) : name;
}

bool is_log_name(std::string_view name) {
  return without_compressed(name).ends_with(kEnding);
}

Result<std::vector<ClosedFile>> closed_files(const std::string& dir, std::string_view stream) {
  std::vector<ClosedFile> found;
  std::error_code error;
  if (!fs::exists(dir, error)) return found;
  for (auto entry = fs::directory_iterator(dir, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const auto seq = first_seq_in(entry->path().filename().string(), stream);
    if (seq) found.push_back({entry->path().string(), *seq});
  }
  if (error) return fail(ErrorCode::unavailable, "listing " + dir + ": " + error.message());
  std::ranges::sort(found, {}, [](const auto& file) { return std::pair(file.first_seq, file.path.size()); });
  const auto twice = std::ranges::unique(found, {}, &ClosedFile::first_seq);
  found.erase(twice.begin(), twice.end());
  return found;
}

Result<void> remove_closed(const ClosedFile& file) {
  const std::string plain(without_compressed(file.path));
  for (const auto ending : {std::string_view(), kCompressed, kCompressing}) {
    std::error_code error;
    fs::remove(plain + std::string(ending), error);
    if (error) {
      return fail(ErrorCode::unavailable, fmt::format("removing {}{}: {}", plain, ending, error.message()));
    }
  }
  return {};
}

}  // namespace sallyport::journal
