#include "json/check.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <forward_list>
#include <functional>
#include <string>

#include "json/scanner.hpp"

namespace sallyport::json {
namespace {

// The keys of one object, none of which may stand twice.
class Keys {
 public:
  explicit Keys(std::string_view text) : text_(text) {}

  // False: it was there before, or there are more than can be compared with each other.
  bool add(std::string_view key) {
    const auto mark = mark_of(key);
    if (count_ == kMost || ((marks_ & mark) != 0 && is_among(key))) return false;
    marks_ |= mark;
    // One that was escaped does not stand in the text as it is, and holds only until the next.
    keys_[count_++] = is_in_text(key) ? key : unescaped_.emplace_front(key);
    return true;
  }

 private:
  static constexpr std::size_t kMost = 64;

  // One of 64: only keys that share theirs must be compared.
  static std::uint64_t mark_of(std::string_view key) {
    const auto byte = [](char c) { return std::size_t{static_cast<unsigned char>(c)}; };
    const auto sum = key.empty() ? 0 : 3 * key.size() + 5 * byte(key.front()) + 7 * byte(key.back());
    return std::uint64_t{1} << (sum % 64);
  }

  [[nodiscard]] bool is_among(std::string_view key) const {
    return std::ranges::find(keys_.begin(), keys_.begin() + count_, key) != keys_.begin() + count_;
  }

  [[nodiscard]] bool is_in_text(std::string_view key) const {
    const std::less_equal<> not_after;
    return not_after(text_.data(), key.data()) && not_after(key.data() + key.size(), text_.data() + text_.size());
  }

  std::string_view text_;
  std::array<std::string_view, kMost> keys_;
  std::size_t count_ = 0;
  std::uint64_t marks_ = 0;
  std::forward_list<std::string> unescaped_;
};

}  // namespace

Result<void> check_object(std::string_view text, std::size_t depth) {
  Scanner scanner(text, depth);
  Keys keys(text);
  scanner.enter_object();
  while (const auto key = scanner.next_key()) {
    if (!keys.add(*key)) scanner.fail("a key that stands twice, or one too many");
    scanner.skip_value();
  }
  scanner.finish();
  if (!scanner.failed()) return {};
  return fail(ErrorCode::bad_input, "not acceptable as JSON: " + scanner.error());
}

}  // namespace sallyport::json
