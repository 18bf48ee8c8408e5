#include "journal/file_names.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace sallyport::journal {
namespace {

constexpr std::string_view kEnding = ".jsonl";

}  // namespace

// The stream "<replica>-<8 characters>" is in "<replica>.jsonl".
std::string written_file_name(std::string_view stream) {
  return fmt::format("{}{}", stream.substr(0, stream.rfind('-')), kEnding);
}

std::string closed_file_name(std::string_view stream, std::uint64_t first_seq) {
  return fmt::format("{}.{}{}", stream, first_seq, kEnding);
}

std::optional<std::uint64_t> first_seq_in(std::string_view name, std::string_view stream) {
  const auto plain = without_compressed(name);
  if (!plain.starts_with(stream) || !plain.ends_with(kEnding)) return std::nullopt;
  std::uint64_t number = 0;
  const auto* end = plain.data() + plain.size();
  const auto* begin = plain.data() + std::min(stream.size() + 1, plain.size());
  std::from_chars(begin, end, number);
  return plain == closed_file_name(stream, number) ? std::optional(number) : std::nullopt;
}

std::string_view without_compressed(std::string_view name) {
  return name.ends_with(kCompressed) ? name.substr(0, name.size() - kCompressed.size()) : name;
}

bool is_log_name(std::string_view name) {
  return without_compressed(name).ends_with(kEnding);
}

}  // namespace sallyport::journal
