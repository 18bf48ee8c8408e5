#pragma once

#include "json/value.hpp"

namespace sallyport::action {

// A Service's clusterIP(s), nodePorts and healthCheckNodePort, where the server allocated them: where the object's
// managedFields tell of the place, but no manager asked for the value. An agent cannot hide that it asked: the server
// adds what a write sets to what the agent claims about it, and leaves managedFields out when it cannot tell; then
// every value stays. What stood in `before` (null on CREATE) already stays as well.
void replace_allocated(json::Value& service, const json::Value& before);

}  // namespace sallyport::action
