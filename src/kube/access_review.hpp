#pragma once

#include <string>

#include "kube/api.hpp"
#include "model/identity.hpp"

namespace sallyport::kube {

// What somebody may do or not (authorization.k8s.io/v1 ResourceAttributes).
struct Access {
  std::string verb;
  std::string group;
  std::string version;
  std::string resource;
  std::string subresource = {};
  std::string namespace_name = {};  // "": all of them, or what has none
  std::string name = {};            // "": any of them
};

// Whether the API server's authorizers would let this user do it, by a SubjectAccessReview. A user without a name is
// whoever is in these groups. Nothing is changed by asking, so no error is unknown_outcome. The Api's thread.
[[nodiscard]] Awaitable<bool> is_allowed(Api& api, model::User who, Access access);

// The object of that question. Pure.
[[nodiscard]] json::Value write_access_review(const model::User& who, const Access& access);

}  // namespace sallyport::kube
