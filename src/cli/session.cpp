#include "cli/session.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/near_names.hpp"
#include "cli/request_names.hpp"
#include "kube/exec_plugin.hpp"
#include "kube/kubeconfig.hpp"
#include "net/server_url.hpp"

namespace sallyport::cli {
namespace {

namespace asio = boost::asio;

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return value == nullptr ? std::string() : std::string(value);
}

Failure bad_kubeconfig(const Access& access, const std::vector<std::filesystem::path>& files, const Error& error) {
  const auto contexts = kube::context_names(files);
  const bool unknown = error.message().ends_with("contexts holds no \"" + access.context + "\"");
  if (access.context.empty() || !unknown) return {Exit::unreachable, safe(error.message())};
  return {Exit::usage,
          "the kubeconfig has no context " + safe(access.context) + did_you_mean(access.context, contexts)};
}

Outcome<kube::Kubeconfig> load(const Access& access) {
  const auto files = kubeconfig_files(access.kubeconfig);
  if (files.empty()) {
    // As kubectl does in a pod: what an agent's own container finds.
    auto mounted = kube::load_config(std::nullopt);
    if (mounted && access.context.empty()) return kube::Kubeconfig{std::move(*mounted), "", std::nullopt};
    return failed(Exit::unreachable,
                  "no kubeconfig was found; name one with --kubeconfig or in $KUBECONFIG, or make ~/.kube/config");
  }
  auto loaded = kube::load_kubeconfig({.files = files, .context = access.context});
  if (!loaded) return std::unexpected(bad_kubeconfig(access, files, loaded.error()));
  if (loaded->exec) {
    const auto ran = kube::run_exec_plugin(*loaded->exec, loaded->config);
    if (!ran) return failed(Exit::unreachable, safe(ran.error().message()));
  }
  return std::move(*loaded);
}

Outcome<std::unique_ptr<Session>> open(const Access& access, const asio::any_io_executor& executor) {
  if (!access.as.empty()) {
    return failed(Exit::usage, "--as is refused: who decides must be the very person; use a kubeconfig of your own");
  }
  auto loaded = load(access);
  if (!loaded) return std::unexpected(loaded.error());
  const auto& endpoint = loaded->config.endpoint;
  Server server{to_string(net::ServerUrl{endpoint.tls, endpoint.host, endpoint.port, loaded->config.base_path}),
                loaded->context};
  std::string namespace_name = !access.namespace_name.empty() ? access.namespace_name : loaded->config.namespace_name;
  if (namespace_name.empty()) namespace_name = "default";
  auto api = kube::Api::make({executor, access.machine->clock, access.machine->random}, std::move(loaded->config),
                             "kubectl-sallyport/" + access.version);
  if (!api) return failed(Exit::unreachable, safe("the kubeconfig cannot be used: " + api.error().message()));
  return std::make_unique<Session>(std::move(*api), executor, std::move(server), std::move(namespace_name));
}

Outcome<Exit> run_work(const Access& access, const Work& work) {
  asio::io_context io(1);
  auto session = open(access, io.get_executor());
  if (!session) return std::unexpected(session.error());
  Outcome<Exit> outcome = failed(Exit::refused, "nothing came of it");
  asio::co_spawn(io, work(**session), [&](std::exception_ptr error, Outcome<Exit> result) {
    outcome = std::move(result);
    io.stop();
    if (error) std::rethrow_exception(error);
  });
  io.run();
  return outcome;
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::string::npos;
  return size.ws_col;
}

}  // namespace

model::RequestKey Session::key_of(const std::string& typed) const {
  const auto name = without_kind(typed);
  return name.contains('/') ? model::parse_request_key(name) : model::RequestKey{namespace_name_, std::string(name)};
}

std::vector<std::filesystem::path> kubeconfig_files(const std::string& named) {
  if (!named.empty()) return {named};
  std::vector<std::filesystem::path> files;
  const auto add = [&files](const std::filesystem::path& file) {
    std::error_code ignored;
    if (!file.empty() && std::filesystem::exists(file, ignored)) files.push_back(file);
  };
  const std::string list = environment("KUBECONFIG");
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(':', at), list.size());
    add(list.substr(at, end - at));
    at = end + 1;
  }
  if (const std::string home = environment("HOME"); list.empty() && !home.empty()) {
    add(std::filesystem::path(home) / ".kube" / "config");
  }
  return files;
}

int run(const Access& access, const Work& work) {
  const auto outcome = run_work(access, work);
  if (outcome) return static_cast<int>(*outcome);
  complain(outcome.error().sentence);
  return static_cast<int>(outcome.error().exit);
}

bool run_silently(const Access& access, const Work& work) {
  return run_work(access, work).has_value();
}

Page page_for(const Access& access) {
  const bool terminal = ::isatty(STDOUT_FILENO) != 0;
  const bool coloured =
      terminal && !access.no_color && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  return {.ink = Ink(coloured),
          .width = terminal ? terminal_width() : std::string::npos,
          .now = access.machine->clock.now(),
          .program = access.program};
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void complain(const std::string& sentence) {
  std::fflush(stdout);
  std::fprintf(stderr, "error: %s\n", sentence.c_str());
}

}  // namespace sallyport::cli
