#pragma once

#include "json/value.hpp"

namespace sallyport::action {

// ServiceAccount admission gives a new pod a volume "kube-api-access-<five characters>" and mounts it in its
// containers. Replaces that suffix in the volume's and its mounts' names, where the volume is the only one so named and
// holds exactly what that admission writes: a volume of another content keeps its name, and so does everything that
// mounts it.
void replace_token_volume_name(json::Value& pod);

// Takes that volume and its mounts out of a pod: nobody has asked for them.
void take_out_token_volume(json::Value& pod);

}  // namespace sallyport::action
