#include "kube/exec_plugin.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <optional>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json/json.hpp"
#include "net/server_url.hpp"

namespace sallyport::kube {
namespace {

using Clock = std::chrono::steady_clock;

std::unexpected<Error> unusable(const ExecPlugin& plugin, const std::string& why) {
  std::string message = "the credential plugin " + plugin.command + " of the kubeconfig " + why;
  if (!plugin.install_hint.empty()) message += " (" + plugin.install_hint + ")";
  return fail(ErrorCode::forbidden, std::move(message));
}

// What the plugin is told, in KUBERNETES_EXEC_INFO.
std::string exec_info(const ExecPlugin& plugin, const Config& config, bool interactive) {
  json::Value spec = json::Value::object();
  spec.set("interactive", interactive);
  if (plugin.provide_cluster_info) {
    const net::ServerUrl url{config.endpoint.tls, config.endpoint.host, config.endpoint.port, config.base_path};
    json::Value cluster = json::Value::object();
    cluster.set("server", to_string(url));
    if (!config.endpoint.server_name.empty()) cluster.set("tls-server-name", config.endpoint.server_name);
    if (!config.endpoint.ca_pem.empty()) cluster.set("certificate-authority-data", base64(config.endpoint.ca_pem));
    if (const auto& proxy = config.endpoint.proxy) {
      cluster.set("proxy-url", to_string(net::ServerUrl{false, proxy->host, proxy->port, ""}));
    }
    spec.set("cluster", std::move(cluster));
  }
  return json::write(json::Value::object()
                         .set("kind", "ExecCredential")
                         .set("apiVersion", plugin.api_version)
                         .set("spec", std::move(spec)));
}

std::vector<std::string> environment_for(const ExecPlugin& plugin, const std::string& info) {
  std::map<std::string, std::string> variables;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view variable = *each;
    const auto equals = variable.find('=');
    if (equals != std::string_view::npos) variables.emplace(variable.substr(0, equals), variable.substr(equals + 1));
  }
  for (const auto& [name, value] : plugin.environment) variables[name] = value;
  variables["KUBERNETES_EXEC_INFO"] = info;
  std::vector<std::string> lines;
  lines.reserve(variables.size());
  for (const auto& [name, value] : variables) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> found;
  found.reserve(texts.size() + 1);
  for (std::string& each : texts) found.push_back(each.data());
  found.push_back(nullptr);
  return found;
}

// A running plugin and the reading end of its stdout. Whatever happens, it is ended and waited for.
class Process {
 public:
  // 0, or the error number.
  int start(const ExecPlugin& plugin, const std::string& info, bool interactive) {
    std::array<int, 2> pipe_ends{};
    if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return errno;
    output_ = pipe_ends[0];
    std::vector<std::string> arguments{plugin.command};
    arguments.insert(arguments.end(), plugin.arguments.begin(), plugin.arguments.end());
    auto environment = environment_for(plugin, info);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
    if (!interactive) posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // A group of its own, so that its children end with it; but only our group may read the terminal.
    group_ = !interactive;
    if (group_) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    const int error = ::posix_spawnp(&process_, plugin.command.c_str(), &actions, &attributes,
                                     pointers(arguments).data(), pointers(environment).data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe_ends[1]);
    if (error != 0) process_ = -1;
    return error;
  }

  Process() = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (output_ >= 0) ::close(output_);
    if (process_ <= 0) return;
    ::kill(group_ ? -process_ : process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

  // All of its output. timed_out and too_long are the plugin's faults.
  enum class Fault { none, timed_out, too_long };
  Fault read_all(std::string& all, Clock::time_point deadline, std::size_t most) {
    std::array<char, 4096> piece{};
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      pollfd waiting{output_, POLLIN, 0};
      const int ready = left > 0 ? ::poll(&waiting, 1, static_cast<int>(left) + 1) : 0;
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) return Fault::timed_out;
      const ssize_t got = ::read(output_, piece.data(), piece.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return Fault::none;
      all.append(piece.data(), static_cast<std::size_t>(got));
      if (all.size() > most) return Fault::too_long;
    }
  }

  // Its exit status as waitpid tells it; nothing: it does not end.
  std::optional<int> wait(Clock::time_point deadline) {
    int status = 0;
    while (::waitpid(process_, &status, WNOHANG) == 0) {
      if (Clock::now() > deadline) return std::nullopt;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    process_ = -1;
    return status;
  }

 private:
  pid_t process_ = -1;
  int output_ = -1;
  bool group_ = false;
};

}  // namespace

Result<void> run_exec_plugin(const ExecPlugin& plugin, Config& config, const ExecLimits& limits) {
  const bool interactive = plugin.interactive_mode != "Never" && ::isatty(STDIN_FILENO) != 0;
  if (plugin.interactive_mode == "Always" && !interactive) return unusable(plugin, "needs a terminal to log in");
  const auto deadline = Clock::now() + limits.within;
  Process process;
  if (const int error = process.start(plugin, exec_info(plugin, config, interactive), interactive); error != 0) {
    return unusable(plugin, std::string("cannot be run: ") + std::strerror(error));
  }
  std::string printed;
  const auto fault = process.read_all(printed, deadline, limits.bytes);
  if (fault == Process::Fault::too_long) return unusable(plugin, "prints more than a credential");
  if (fault == Process::Fault::timed_out) return unusable(plugin, "did not end in time");
  const auto status = process.wait(deadline);
  if (!status) return unusable(plugin, "did not end in time");
  if (!WIFEXITED(*status)) return unusable(plugin, "was killed");
  if (WEXITSTATUS(*status) != 0) {
    return unusable(plugin, "failed with exit code " + std::to_string(WEXITSTATUS(*status)));
  }
  return take_exec_credential(plugin, printed, config);
}

Result<void> take_exec_credential(const ExecPlugin& plugin, std::string_view printed, Config& config) {
  const auto credential = json::parse(printed, {.bytes = 1u << 20, .depth = 16, .values = 1000});
  if (!credential || (*credential)["kind"].text() != "ExecCredential") {
    return unusable(plugin, "does not print an ExecCredential");
  }
  if ((*credential)["apiVersion"].text() != plugin.api_version) {
    return unusable(plugin, "does not answer in " + plugin.api_version);
  }
  const json::Value& status = (*credential)["status"];
  const auto token = status["token"].text();
  const auto chain = status["clientCertificateData"].text();
  const auto key = status["clientKeyData"].text();
  if (chain.empty() != key.empty()) return unusable(plugin, "prints half of a client certificate and its key");
  if (token.empty() && chain.empty()) return unusable(plugin, "prints neither a token nor a client certificate");
  if (!token.empty()) config.token = Secret(token);
  if (!chain.empty()) {
    config.endpoint.client_chain_pem = chain;
    config.endpoint.client_key_pem = Secret(key);
  }
  return {};
}

}  // namespace sallyport::kube
