#pragma once

#include <string>

#include "keys/material.hpp"
#include "kube/api.hpp"

namespace sallyport::keys {

// Where the keys of one installation stand.
struct Place {
  std::string namespace_name = "sallyport-system";
  std::string name = "sallyport";  // what the chart's objects begin with

  [[nodiscard]] std::string secret_of(const std::string& key) const;
  // Where earlier versions had all of them; now only what replicas renew by themselves.
  [[nodiscard]] std::string shared_secret() const { return name + "-keys"; }
  [[nodiscard]] std::string words(const std::string& secret) const { return "Secret " + namespace_name + "/" + secret; }
};

// Whether the API server itself answers for core objects, Secrets among them. An APIService can give them to any
// server, which would then be told the keys. Asked of the API server's own part that nobody can give away.
[[nodiscard]] kube::Awaitable<void> check_core_api(kube::Api& api);

// What the Secrets hold now. A Secret that is not there has no entry.
[[nodiscard]] kube::Awaitable<Material> read_secrets(kube::Api& api, Place place);

// In place of what that Secret holds, which is made if it is not there.
[[nodiscard]] kube::Awaitable<void> write_secret(kube::Api& api, Place place, std::string name, const Secret* key);

}  // namespace sallyport::keys
