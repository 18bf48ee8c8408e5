#pragma once

#include <string>
#include <vector>

#include "cli/session.hpp"
#include "model/identity.hpp"

namespace sallyport::cli {

// Which installation a cluster's people mean: where it is, and what its objects begin with.
struct Installation {
  std::string namespace_name = "sallyport-system";
  std::string name = "sallyport";
};
// Of "namespace/name".
[[nodiscard]] Outcome<Installation> read_installation(const std::string& typed);

// Who its agents are, as its ConfigMap has them.
[[nodiscard]] Task<std::vector<model::Agent>> find_agents(Session& session, Installation installation);

// Whom a person imagines to act.
struct Imagined {
  std::string agent;                // "": none is named
  std::string user;                 // "": none is named
  std::vector<std::string> groups;  // of the user
};
// The agent that it is. A failure says that there is no such agent, that the user is none, or that it is another one.
[[nodiscard]] Outcome<std::string> agent_of(const Imagined& imagined, const std::vector<model::Agent>& agents);

}  // namespace sallyport::cli
