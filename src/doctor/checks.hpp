#pragma once

#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "kube/api.hpp"
#include "serve/config.hpp"

namespace sallyport::doctor {

struct Finding {
  std::string check;     // what must be true
  std::string problem;   // why it is not; "": it is
  bool is_hint = false;  // it may be meant so: all can be well all the same
};

// All checks, in the order in which they build on each other. Reads, asks and dry runs: nothing changes. `config` lives
// longer than this.
[[nodiscard]] boost::asio::awaitable<std::vector<Finding>> examine(kube::Api& api, const serve::Config* config);

}  // namespace sallyport::doctor
