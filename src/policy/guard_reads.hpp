#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/effect.hpp"
#include "model/role.hpp"

// What the guard must know of the cluster beside the review, for two rare kinds of calls: who an exec would act as, and
// who holds a role that is written. Whoever can read the cluster answers; everybody else says what is taken for it.
namespace sallyport::policy {

struct PodName {
  std::string namespace_name;
  std::string name;

  friend bool operator==(const PodName&, const PodName&) = default;
};

struct GuardQuestion {
  std::variant<PodName, model::RoleName> about;
  model::Effects covered_by;  // a policy that takes one of these makes the answer needless
};

struct GuardReads {
  struct Pod {
    bool is_there = true;  // one that is gone is the API server's to refuse
    std::string account;
  };
  std::optional<Pod> pod;
  std::optional<std::vector<model::RoleHolder>> holders;

  // For those who cannot look: the pod runs as "default", and nobody holds the role.
  [[nodiscard]] static GuardReads harmless() { return {.pod = Pod{}, .holders = std::vector<model::RoleHolder>{}}; }
};

}  // namespace sallyport::policy
