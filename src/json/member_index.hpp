#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "json/value.hpp"

namespace sallyport::json {

// Finds the members of one object many times. Sorted rather than hashed: whoever writes the keys can make neither many
// of them nor chosen ones cost more than n log n. Holds pointers into the members it is given.
class MemberIndex {
 public:
  explicit MemberIndex(std::span<const Member> members) : members_(members) {}

  // `likely` is where to look first: objects that are compared mostly have one order.
  [[nodiscard]] const Member* find(std::string_view key, std::size_t likely);

 private:
  std::span<const Member> members_;
  std::vector<const Member*> sorted_;  // made by the first search that needs it
};

}  // namespace sallyport::json
