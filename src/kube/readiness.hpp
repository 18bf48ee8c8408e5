#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"

namespace sallyport::kube {

// What must have been proven lately for anything to be decided: the caches, the admission policy. Each holds for
// kFreshFor from the time as of which it was proven; what was never proven does not hold. The engine's thread. Times
// are steady.
class Readiness {
 public:
  static constexpr Duration kFreshFor = std::chrono::seconds(15);

  explicit Readiness(const std::vector<std::string>& needed);

  void confirm(std::string_view what, Duration as_of);
  // Until it is confirmed again, `why` is what people are told.
  void refuse(std::string_view what, std::string why);

  // The first that does not hold, in a sentence.
  [[nodiscard]] std::optional<std::string> why_not(Duration now) const;

 private:
  struct Proof {
    Duration as_of{};
    std::string refused;
  };
  std::map<std::string, Proof, std::less<>> proofs_;
};

}  // namespace sallyport::kube
