#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::model {

// What enters a seal or a digest, and in which order, is its form. Forms are numbered; each change makes a new one. A
// build reads its own form and the one before, and writes the one before until every replica says in its Lease that it
// reads the newer. So replicas of two builds work side by side, and a build can be replaced by the one before it. What
// is of another form is unknown: nobody forged it, and it counts for nothing.
struct FormRange {
  std::uint32_t oldest = 1;
  std::uint32_t newest = 1;

  [[nodiscard]] bool reads(std::uint32_t form) const { return oldest <= form && form <= newest; }
};
// Form 2 of seals covers effects and guarded (model/deeds.hpp), and names the action's type.
inline constexpr FormRange kSealForms{1, 2};
inline constexpr FormRange kDigestForms{2, 2};

// The newest forms that a replica reads. The zero is what one reads that does not say: it is of the last build that did
// not.
struct Forms {
  std::uint32_t seal = 1;
  std::uint32_t digest = 2;

  friend bool operator==(const Forms&, const Forms&) = default;
};
inline constexpr Forms kNewestForms{kSealForms.newest, kDigestForms.newest};

// As it stands in a Lease: "seal=1,digest=2". Of a text that says something else, what it does not say is the zero.
[[nodiscard]] std::string to_string(const Forms& forms);
[[nodiscard]] Forms parse_forms(std::string_view text);

// The form to write, given the newest that each other replica reads.
[[nodiscard]] std::uint32_t form_to_write(FormRange own, const std::vector<std::uint32_t>& others);

}  // namespace sallyport::model
