#pragma once

#include <string>
#include <vector>

#include "json/value.hpp"
#include "kube/api.hpp"

namespace sallyport::kube {

// The PersistentVolumes that are bound to the claims of a namespace. The Api's thread.
[[nodiscard]] Awaitable<std::vector<json::Value>> read_volumes_of(Api& api, std::string namespace_name);

}  // namespace sallyport::kube
