#pragma once

#include "kube/api.hpp"
#include "model/served.hpp"

namespace sallyport::kube {

// What the API server serves, by its two aggregated discovery documents, which every account may read. An error: one of
// them could not be read, or is not aggregated. The Api's thread.
[[nodiscard]] Awaitable<model::Served> read_served(Api& api);

// Of one such document (APIGroupDiscoveryList, apidiscovery.k8s.io/v2), beside what is there already.
[[nodiscard]] Result<void> add_served(const json::Value& document, model::Served& served);

}  // namespace sallyport::kube
