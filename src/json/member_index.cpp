#include "json/member_index.hpp"

#include <algorithm>

namespace sallyport::json {
namespace {

constexpr std::size_t kFew = 16;

std::string_view key_of(const Member* member) {
  return member->key;
}

}  // namespace

const Member* MemberIndex::find(std::string_view key, std::size_t likely) {
  if (likely < members_.size() && members_[likely].key == key) return &members_[likely];
  if (members_.size() <= kFew) {
    const auto found = std::ranges::find(members_, key, &Member::key);
    return found == members_.end() ? nullptr : &*found;
  }
  if (sorted_.empty()) {
    sorted_.reserve(members_.size());
    for (const Member& member : members_) sorted_.push_back(&member);
    std::ranges::sort(sorted_, {}, key_of);
  }
  const auto found = std::ranges::lower_bound(sorted_, key, {}, key_of);
  return found != sorted_.end() && (*found)->key == key ? *found : nullptr;
}

}  // namespace sallyport::json
