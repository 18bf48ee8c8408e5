#include "cli/dry_run.hpp"

#include <utility>

#include "json/json.hpp"
#include "kube/paths.hpp"

namespace sallyport::cli {
namespace {

constexpr std::chrono::seconds kDryRunTime{30};

// What the API server fills in, and refuses in an apply.
json::Value to_apply(json::Value manifest) {
  if (auto* const metadata = manifest.find_mutable("metadata")) {
    for (const char* key : {"managedFields", "resourceVersion", "uid", "creationTimestamp"}) metadata->erase(key);
  }
  manifest.erase("status");
  return manifest;
}

}  // namespace

kube::ApiCall dry_run(std::string path, const json::Value& manifest, std::string_view manager) {
  const bool is_named = !manifest["metadata"]["name"].text().empty();
  path += "?dryRun=All&fieldManager=" + kube::escape(manager) + (is_named ? "&force=true" : "");
  return {.method = is_named ? "PATCH" : "POST",
          .path = std::move(path),
          .content_type = is_named ? "application/apply-patch+yaml" : "application/json",
          .body = json::write(to_apply(manifest)),
          .within = kDryRunTime};
}

}  // namespace sallyport::cli
