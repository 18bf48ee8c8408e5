#include "kube/volumes.hpp"

#include "kube/paths.hpp"

namespace sallyport::kube {

// The claims name them: few reads, however many volumes the cluster has.
Awaitable<std::vector<json::Value>> read_volumes_of(Api& api, std::string namespace_name) {
  const auto claims = co_await api.send(get(path_of(kClaims, namespace_name)));
  if (!claims) co_return fail(claims.error().while_doing("listing the claims of " + namespace_name));
  std::vector<json::Value> volumes;
  for (const json::Value& claim : (*claims)["items"].items()) {
    const auto name = claim["spec"]["volumeName"].text();
    if (name.empty()) continue;
    auto volume = co_await api.send(get(path_of(kVolumes, {}, name)));
    if (!volume && volume.error().code() == ErrorCode::not_found) continue;
    if (!volume) co_return fail(volume.error().while_doing("reading volume " + std::string(name)));
    volumes.push_back(std::move(*volume));
  }
  co_return volumes;
}

}  // namespace sallyport::kube
