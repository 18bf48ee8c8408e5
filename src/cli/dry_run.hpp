#pragma once

#include <string>
#include <string_view>

#include "json/value.hpp"
#include "kube/api.hpp"

namespace sallyport::cli {

// The API server's dry run of an apply of the manifest to this path, by a field manager; of one whose name the API
// server is to make, of its creation there.
[[nodiscard]] kube::ApiCall dry_run(std::string path, const json::Value& manifest, std::string_view manager);

}  // namespace sallyport::cli
