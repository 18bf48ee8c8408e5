#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::json {

// Which names an object may have in it, and so on for what stands behind each. A list is of the shape of its elements.
// Made once, then only read, by any thread; whoever makes it keeps alive what it points to.
class Shape {
 public:
  struct Member {
    Member(std::string name, const Shape* behind);

    // Does this text begin with the name, as an API server writes it?
    [[nodiscard]] bool begins(std::string_view text) const {
      std::uint64_t word = 0;
      if (text.size() < std::max(sizeof word, quoted.size())) return false;  // the end is near: that is looked up
      std::memcpy(&word, text.data(), sizeof word);
      if ((word & first_bits) != first) return false;
      return quoted.size() <= sizeof word || text.starts_with(quoted);
    }

    std::string key;
    const Shape* inner;
    std::string quoted;                       // with its colon
    std::uint64_t first = 0, first_bits = 0;  // of it, as many bytes as there are
  };

  // `others`: what stands behind any other name; null: there is no other.
  explicit Shape(std::vector<Member> members, const Shape* others = nullptr);
  Shape(const Shape&) = delete;
  Shape& operator=(const Shape&) = delete;

  // Whatever is in it is known.
  [[nodiscard]] static const Shape& anything();
  [[nodiscard]] bool is_anything() const { return others_ == this; }

  // What stands behind this name; null: it is not known.
  [[nodiscard]] const Shape* find(std::string_view key) const {
    const auto* const member = find_member(key);
    return member != nullptr ? member->inner : others_;
  }
  [[nodiscard]] const Member* find_member(std::string_view key) const {
    for (auto slot = hash(key) & mask_; slots_[slot] != nullptr; slot = (slot + 1) & mask_) {
      const auto& found = *slots_[slot];
      if (found.key.size() == key.size() && std::memcmp(found.key.data(), key.data(), key.size()) == 0) return &found;
    }
    return nullptr;
  }
  [[nodiscard]] const Shape* others() const { return others_; }
  // The member after this one, as they were given; of null, the first. Null: there is none.
  [[nodiscard]] const Member* behind(const Member* member) const {
    const auto* const next = member == nullptr ? members_.data() : member + 1;
    return next == members_.data() + members_.size() ? nullptr : next;
  }

 private:
  // Of the first and the last bytes: names are short.
  [[nodiscard]] static std::size_t hash(std::string_view key) {
    std::uint32_t first = 0, last = 0;
    if (key.size() >= sizeof first) {
      std::memcpy(&first, key.data(), sizeof first);
      std::memcpy(&last, key.data() + key.size() - sizeof last, sizeof last);
    } else {
      std::memcpy(&first, key.data(), key.size());
    }
    const auto mixed = (std::uint64_t{first} << 32 | last) + key.size();
    return static_cast<std::size_t>((mixed * 0x9E3779B97F4A7C15) >> 40);
  }

  std::vector<Member> members_;
  std::vector<const Member*> slots_;  // more than there are members, a power of two
  std::size_t mask_;
  const Shape* others_;
};

}  // namespace sallyport::json
