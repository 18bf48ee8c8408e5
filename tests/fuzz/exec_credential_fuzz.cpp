// What a kubeconfig's credential plugin prints: taken whole or not at all, and never repeated in an error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "kube/exec_plugin.hpp"

namespace {

using namespace sallyport::kube;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view printed(reinterpret_cast<const char*>(data), size);
  const ExecPlugin plugin{.api_version = "client.authentication.k8s.io/v1", .command = "login"};
  Config config;
  const auto taken = take_exec_credential(plugin, printed, config);
  const bool has_token = !config.token.reveal().empty();
  const bool has_chain = !config.endpoint.client_chain_pem.empty();
  const bool has_key = !config.endpoint.client_key_pem.reveal().empty();
  require(has_chain == has_key);
  require(taken.has_value() == (has_token || has_chain));
  // One of a few sentences, none of which is longer.
  if (!taken) require(taken.error().message().size() < 120);
  return 0;
}
