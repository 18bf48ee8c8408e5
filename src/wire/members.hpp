#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "json/scanner.hpp"

namespace sallyport::wire {

using json::Scanner;

// Goes through the members of the object that comes next in a scanner. A key that was asked for may stand only once.
//   for (Members member(scanner); member.next();) {
//     if (member.is("name")) { name = scanner.read_text(); } else { scanner.skip_value(); }
//   }
class Members {
 public:
  explicit Members(Scanner& scanner) : scanner_(scanner) { scanner_.enter_object(); }

  [[nodiscard]] bool next() {
    const auto key = scanner_.next_key();
    key_ = key.value_or(std::string_view{});
    return key.has_value();
  }

  // `name` must outlive this: it is a literal. At most kMost names are asked for.
  [[nodiscard]] bool is(std::string_view name) {
    if (key_ != name) return false;
    if (saw(name)) {
      scanner_.fail("a key stands twice");
    } else if (count_ < kMost) {
      seen_[count_++] = name;
    }
    return true;
  }

  [[nodiscard]] bool saw(std::string_view name) const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (seen_[i] == name) return true;
    }
    return false;
  }

  [[nodiscard]] std::string_view key() const { return key_; }

 private:
  static constexpr std::size_t kMost = 12;
  Scanner& scanner_;
  std::string_view key_;
  std::array<std::string_view, kMost> seen_;
  std::size_t count_ = 0;
};

}  // namespace sallyport::wire
