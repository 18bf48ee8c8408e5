#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "kube/config.hpp"

namespace sallyport::kube {

// A program that hands out credentials, as a kubeconfig's `exec` names it (client.authentication.k8s.io).
struct ExecPlugin {
  std::string api_version;
  std::string command;  // looked up in the PATH, unless it is a path
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;  // over ours
  std::string interactive_mode;                                  // Never, IfAvailable, Always
  std::string install_hint;
  bool provide_cluster_info = false;
};

// Which of kubectl's files, and what in them. Of several files the first that holds a name wins.
struct KubeconfigChoice {
  std::vector<std::filesystem::path> files;
  std::string context;       // empty: the current one
  bool exec_plugins = true;  // false: they are refused
};

struct Kubeconfig {
  Config config;
  std::string context;
  std::optional<ExecPlugin> exec;  // has to be run before `config` says who we are
};

// These read files and block their thread for that long; any thread.

// What kubectl's files say of a context. What would change how we reach the server, or as whom, and is not supported
// (basic authentication, insecure-skip-tls-verify, impersonation) is an error, and never passed over.
[[nodiscard]] Result<Kubeconfig> load_kubeconfig(const KubeconfigChoice& choice);

// The same of one file's current context, without plugins: a server runs none.
[[nodiscard]] Result<Config> load_kubeconfig(const std::filesystem::path& path);

// All contexts that the files name, sorted. What cannot be read has none.
[[nodiscard]] std::vector<std::string> context_names(const std::vector<std::filesystem::path>& files);

}  // namespace sallyport::kube
