#include "kube/readiness.hpp"

namespace sallyport::kube {

Readiness::Readiness(const std::vector<std::string>& needed) {
  for (const std::string& what : needed) proofs_.try_emplace(what);
}

void Readiness::confirm(std::string_view what, Duration as_of) {
  const auto proof = proofs_.find(what);
  if (proof != proofs_.end()) proof->second = {.as_of = as_of, .refused = {}};
}

void Readiness::refuse(std::string_view what, std::string why) {
  const auto proof = proofs_.find(what);
  if (proof != proofs_.end()) proof->second = {.as_of = {}, .refused = std::move(why)};
}

std::optional<std::string> Readiness::why_not(Duration now) const {
  for (const auto& [what, proof] : proofs_) {
    if (!proof.refused.empty()) return what + ": " + proof.refused;
    if (proof.as_of == Duration{}) return what + " could not be read from the API server yet";
    if (now - proof.as_of >= kFreshFor) {
      const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - proof.as_of).count();
      return what + " could not be read from the API server for " + std::to_string(age) + " s";
    }
  }
  return std::nullopt;
}

}  // namespace sallyport::kube
