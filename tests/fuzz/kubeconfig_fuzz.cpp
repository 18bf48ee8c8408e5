// A kubeconfig as anybody may hand it over. It may name any file there is, so the process reads from no terminal; a
// plugin that it names is not run.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "kube/kubeconfig.hpp"

namespace {

using namespace sallyport::kube;

void require(bool holds) {
  if (!holds) std::abort();
}

// A file that is only in memory.
class Written {
 public:
  Written(const void* bytes, std::size_t size) : file_(::memfd_create("kubeconfig", 0)) {
    require(file_ >= 0 && ::write(file_, bytes, size) == static_cast<ssize_t>(size));
  }
  ~Written() { ::close(file_); }
  Written(const Written&) = delete;
  Written& operator=(const Written&) = delete;
  [[nodiscard]] std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  require(std::freopen("/dev/null", "r", stdin) != nullptr);
  for (const char* name : {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"}) ::unsetenv(name);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Written file(data, size);
  const auto loaded = load_kubeconfig(KubeconfigChoice{.files = {file.path()}});
  if (!loaded) {
    require(!loaded.error().message().empty());
  } else {
    require(!loaded->config.endpoint.host.empty() && loaded->config.endpoint.port != 0 && !loaded->context.empty());
    require(!loaded->exec || !loaded->exec->command.empty());
  }
  const auto for_server = load_kubeconfig(file.path());
  require(!for_server || (loaded && !loaded->exec));
  (void)context_names({file.path()});
  return 0;
}
