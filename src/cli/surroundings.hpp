#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "json/value.hpp"
#include "model/policy.hpp"
#include "policy/call.hpp"

// What a cluster tells about an action that nobody has done. What it does not let us read is named, and no failure.
namespace sallyport::cli {

// How a manifest's kind stands in the API.
struct ApiResource {
  std::string group, version, plural;
  bool namespaced = true;
};

// A failure names what the cluster does not know.
[[nodiscard]] Task<ApiResource> find_resource(Session& session, std::string api_version, std::string kind);

// What the object is, and what it would be.
struct Sides {
  std::optional<json::Value> before;  // nothing: there is none
  json::Value after;                  // as a dry run of the API server has it, or as it is written
  std::string gate_says;              // what the gate said of the dry run, if whoever asks is an agent
  std::vector<std::string> notes, unread;
};
// `manifest` has its namespace.
[[nodiscard]] Task<Sides> find_sides(Session& session, ApiResource resource, json::Value manifest, bool with_after);

struct PolicyNews {
  std::vector<model::Policy> policies;
  std::optional<policy::NamespaceFacts> ns;
  std::vector<std::string> notes, unread;
};
// Of a namespace, or with an empty one of the whole cluster.
[[nodiscard]] Task<PolicyNews> find_policies(Session& session, std::string namespace_name);

}  // namespace sallyport::cli
