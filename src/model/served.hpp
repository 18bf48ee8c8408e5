#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::model {

// What the API server serves, by its discovery document. It tells which names in a policy stand for something; nothing
// is ever refused or let through by it.
struct ServedPart {
  std::string name;  // "scale"
  std::vector<std::string> verbs;
};
struct ServedResource {
  std::string name;      // "deployments"
  std::string singular;  // "deployment"
  bool namespaced = true;
  std::vector<ServedPart> parts;
};
struct ServedVersion {
  std::string name;
  bool is_known = true;  // false: its own server did not answer, so its resources are not all here
  std::vector<ServedResource> resources;
};
struct Served {
  std::map<std::string, std::vector<ServedVersion>, std::less<>> groups;  // "": core
};

}  // namespace sallyport::model
