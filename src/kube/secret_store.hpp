#pragma once

#include <map>
#include <string>

#include "base/crypto.hpp"
#include "json/value.hpp"
#include "kube/api.hpp"

namespace sallyport::kube {

// A Secret object: its values, and what else it needs to be replaced, its uid and version above all.
struct StoredSecret {
  std::map<std::string, Secret> data;
  json::Value metadata;
  std::string type;
};

// Secrets by compare-and-set, so that of several replicas at once one wins and the others read what it wrote. Each
// gives the object as it is then. No error of these holds a value. The Api's thread.

// not_found if there is none.
[[nodiscard]] Awaitable<StoredSecret> read_secret(Api& api, std::string namespace_name, std::string name);
// already_exists: another was first.
[[nodiscard]] Awaitable<StoredSecret> create_secret(Api& api, std::string namespace_name, std::string name,
                                                    std::map<std::string, Secret> data);
// All of `data` in place of what stood there when `base` was read. conflict: another was first. Labels, annotations and
// owners stay as they are.
[[nodiscard]] Awaitable<StoredSecret> replace_secret(Api& api, std::string namespace_name, std::string name,
                                                     StoredSecret base, std::map<std::string, Secret> data);

// The object of the three, both ways.
[[nodiscard]] Result<StoredSecret> read_stored(const json::Value& object);
[[nodiscard]] json::Value write_stored(const StoredSecret& secret);

}  // namespace sallyport::kube
