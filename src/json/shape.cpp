#include "json/shape.hpp"

#include <bit>
#include <utility>

namespace sallyport::json {

Shape::Member::Member(std::string name, const Shape* behind)
    : key(std::move(name)), inner(behind), quoted('"' + key + "\":") {
  const auto length = std::min(quoted.size(), sizeof first);
  std::memcpy(&first, quoted.data(), length);
  std::memset(&first_bits, 0xFF, length);
}

Shape::Shape(std::vector<Member> members, const Shape* others)
    : members_(std::move(members)),
      slots_(std::bit_ceil(members_.size() * 4 + 1)),
      mask_(slots_.size() - 1),
      others_(others) {
  for (const auto& member : members_) {
    auto slot = hash(member.key) & mask_;
    while (slots_[slot] != nullptr) slot = (slot + 1) & mask_;
    slots_[slot] = &member;
  }
}

const Shape& Shape::anything() {
  static const Shape kAnything({}, &kAnything);
  return kAnything;
}

}  // namespace sallyport::json
