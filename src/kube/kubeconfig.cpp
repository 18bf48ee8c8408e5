#include "kube/kubeconfig.hpp"

#include <set>
#include <string>
#include <string_view>

#include <yaml-cpp/yaml.h>

#include "base/files.hpp"
#include "net/server_url.hpp"

namespace sallyport::kube {
namespace {

using std::filesystem::path;

// yaml-cpp tells by exceptions; load_kubeconfig turns them into one Error.
struct Unusable {
  std::string why;
};

// One file; what it names is relative to its folder.
struct File {
  path folder;
  YAML::Node root;
};

// What stands under a name, and where.
struct Entry {
  YAML::Node node;
  path folder;
};

std::string text(const YAML::Node& node, const char* key) {
  const YAML::Node found = node.IsMap() ? node[key] : YAML::Node();
  return found && found.IsScalar() ? found.Scalar() : std::string();
}

// The entry of "clusters", "users" or "contexts" with this name, and in it what stands under `kind`.
Entry entry(const std::vector<File>& files, const char* list, const std::string& name, const char* kind) {
  for (const File& file : files) {
    const YAML::Node entries = file.root[list];
    if (!entries || !entries.IsSequence()) continue;
    for (const YAML::Node& one : entries) {
      if (text(one, "name") == name && one[kind]) return {one[kind], file.folder};
    }
  }
  throw Unusable{std::string(list) + " holds no \"" + name + "\""};
}

void refuse(const YAML::Node& node, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (node.IsMap() && node[key]) throw Unusable{std::string(key) + " is not supported"};
  }
}

// `key` names a file, relative to the kubeconfig; `key`-data holds the content in base64 and goes first. Empty:
// neither.
std::string content(const Entry& entry, const std::string& key) {
  if (const std::string data = text(entry.node, (key + "-data").c_str()); !data.empty()) {
    std::string decoded = decode_base64(data);
    if (decoded.empty()) throw Unusable{key + "-data is not base64"};
    return decoded;
  }
  const std::string file = text(entry.node, key.c_str());
  if (file.empty()) return {};
  auto read = read_file(entry.folder / file);
  if (!read) throw Unusable{read.error().message()};
  return std::move(*read);
}

// The file's word goes before the environment's, whatever NO_PROXY says.
void read_proxy(const std::string& url, Config& config) {
  if (url.empty()) {
    if (const auto taken = take_proxy_of_environment(config); !taken) throw Unusable{taken.error().message()};
    return;
  }
  auto proxy = net::parse_proxy_url(url);
  if (!proxy) throw Unusable{"proxy-url: " + proxy.error().message()};
  config.endpoint.proxy = std::move(*proxy);
}

void read_cluster(const Entry& cluster, Config& config) {
  if (text(cluster.node, "insecure-skip-tls-verify") == "true") {
    throw Unusable{"insecure-skip-tls-verify is not supported"};
  }
  const auto url = net::parse_server_url(text(cluster.node, "server"));
  if (!url) throw Unusable{url.error().message()};
  config.endpoint.tls = url->tls;
  config.endpoint.host = url->host;
  config.endpoint.port = url->port;
  config.endpoint.server_name = text(cluster.node, "tls-server-name");
  config.base_path = url->path;
  config.endpoint.ca_pem = content(cluster, "certificate-authority");
  read_proxy(text(cluster.node, "proxy-url"), config);
}

void read_user(const Entry& user, Config& config) {
  refuse(user.node, {"auth-provider", "username", "password", "as", "as-groups", "as-uid", "as-user-extra"});
  config.endpoint.client_chain_pem = content(user, "client-certificate");
  config.endpoint.client_key_pem = Secret(content(user, "client-key"));
  config.token = Secret(text(user.node, "token"));
  const std::string token_file = text(user.node, "tokenFile");
  if (!token_file.empty()) config.token_file = user.folder / token_file;
}

ExecPlugin read_exec(const YAML::Node& exec, const path& folder) {
  if (!exec.IsMap()) throw Unusable{"exec is no map"};
  ExecPlugin plugin{.api_version = text(exec, "apiVersion"),
                    .command = text(exec, "command"),
                    .interactive_mode = text(exec, "interactiveMode"),
                    .install_hint = text(exec, "installHint"),
                    .provide_cluster_info = text(exec, "provideClusterInfo") == "true"};
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1") {
    throw Unusable{"exec.apiVersion must be client.authentication.k8s.io/v1 or v1beta1"};
  }
  if (plugin.command.empty()) throw Unusable{"exec.command is missing"};
  if (plugin.command.contains('/')) plugin.command = (folder / plugin.command).string();
  if (plugin.interactive_mode.empty()) plugin.interactive_mode = "IfAvailable";
  for (const YAML::Node& argument : exec["args"]) plugin.arguments.push_back(argument.as<std::string>());
  for (const YAML::Node& variable : exec["env"]) {
    plugin.environment.emplace_back(text(variable, "name"), text(variable, "value"));
  }
  return plugin;
}

std::vector<File> read_files(const std::vector<path>& paths) {
  std::vector<File> files;
  for (const path& each : paths) {
    const auto written = read_file(each);
    if (!written) throw Unusable{written.error().message()};
    files.push_back({each.parent_path(), YAML::Load(*written)});
    if (!files.back().root.IsMap()) throw Unusable{"it is no map"};
  }
  return files;
}

std::string current_context(const std::vector<File>& files) {
  for (const File& file : files) {
    if (std::string name = text(file.root, "current-context"); !name.empty()) return name;
  }
  throw Unusable{"it has no current-context"};
}

Kubeconfig read(const KubeconfigChoice& choice) {
  const auto files = read_files(choice.files);
  Kubeconfig read{.context = choice.context.empty() ? current_context(files) : choice.context};
  const YAML::Node context = entry(files, "contexts", read.context, "context").node;
  read.config.namespace_name = text(context, "namespace");
  read_cluster(entry(files, "clusters", text(context, "cluster"), "cluster"), read.config);
  const Entry user = entry(files, "users", text(context, "user"), "user");
  read_user(user, read.config);
  if (!choice.exec_plugins) refuse(user.node, {"exec"});
  if (user.node.IsMap() && user.node["exec"]) read.exec = read_exec(user.node["exec"], user.folder);
  return read;
}

std::string names_of(const std::vector<path>& files) {
  std::string names;
  for (const path& file : files) names += (names.empty() ? "" : ":") + file.string();
  return names;
}

std::unexpected<Error> unusable(const std::vector<path>& files, std::string_view why) {
  return fail(ErrorCode::bad_input, "the kubeconfig " + names_of(files) + " cannot be used: " + std::string(why));
}

}  // namespace

Result<Kubeconfig> load_kubeconfig(const KubeconfigChoice& choice) {
  try {
    Kubeconfig kubeconfig = read(choice);
    if (const auto loaded = reload(kubeconfig.config); !loaded) {
      return unusable(choice.files, loaded.error().message());
    }
    return kubeconfig;
  } catch (const Unusable& reason) {
    return unusable(choice.files, reason.why);
  } catch (const YAML::Exception& error) {
    return unusable(choice.files, "line " + std::to_string(error.mark.line + 1) + ": " + error.msg);
  }
}

Result<Config> load_kubeconfig(const path& path) {
  auto loaded = load_kubeconfig(KubeconfigChoice{.files = {path}, .exec_plugins = false});
  if (!loaded) return fail(loaded.error());
  return std::move(loaded->config);
}

std::vector<std::string> context_names(const std::vector<path>& files) {
  std::set<std::string> names;
  for (const path& each : files) {
    try {
      for (const File& file : read_files({each})) {
        for (const YAML::Node& context : file.root["contexts"]) names.insert(text(context, "name"));
      }
    } catch (const Unusable&) {
      continue;
    } catch (const YAML::Exception&) {
      continue;
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace sallyport::kube
