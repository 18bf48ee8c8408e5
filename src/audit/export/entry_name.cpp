#include "audit/export/entry_name.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sallyport::audit {
namespace {

constexpr std::size_t kLongestEntry = 200;
constexpr std::size_t kLongestPart = 120;

bool is_lower_or_digit(char character) {
  return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
}

// As objects are called in Kubernetes. No capitals: where those count for nothing, two names might be one.
bool is_plain(std::string_view name) {
  return !name.empty() && name.size() <= kLongestPart && is_lower_or_digit(name.front()) &&
         is_lower_or_digit(name.back()) && !name.contains("..") &&
         std::ranges::all_of(name, [](char one) { return is_lower_or_digit(one) || one == '-' || one == '.'; });
}

std::string plain_or_numbered(std::string_view stream, std::size_t number) {
  return is_plain(stream) ? std::string(stream) : fmt::format("stream-{}", number);
}

}  // namespace

bool is_safe_entry(std::string_view name) {
  if (name.empty() || name.size() > kLongestEntry) return false;
  for (;;) {
    const auto end = name.find('/');
    const auto part = name.substr(0, end);
    if (part.empty() || part.starts_with('.') || part.ends_with('.')) return false;
    for (const char one : part) {
      if (!is_lower_or_digit(one) && !(one >= 'A' && one <= 'Z') && one != '-' && one != '.' && one != '_')
        return false;
    }
    if (end == std::string_view::npos) return true;
    name.remove_prefix(end + 1);
  }
}

std::string log_entry(std::string_view stream, std::size_t number, std::uint64_t first_seq) {
  return fmt::format("logs/{}.{}.jsonl", plain_or_numbered(stream, number), first_seq);
}

std::string head_entry(std::string_view stream, std::size_t number) {
  return fmt::format("heads/{}.note", plain_or_numbered(stream, number));
}

std::string policy_entry(std::string_view policy, std::size_t number) {
  return is_plain(policy) ? fmt::format("policies/{}-{}.json", number, policy)
                          : fmt::format("policies/{}.json", number);
}

}  // namespace sallyport::audit
