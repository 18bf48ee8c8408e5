#include "kube/kubeconfig.hpp"

#include <string>
#include <string_view>

#include <yaml-cpp/yaml.h>

#include "kube/files.hpp"
#include "kube/server_url.hpp"

namespace sallyport::kube {
namespace {

// yaml-cpp tells by exceptions; load_kubeconfig turns them into one Error.
struct Unusable {
  std::string why;
};

std::string text(const YAML::Node& node, const char* key) {
  const YAML::Node found = node.IsMap() ? node[key] : YAML::Node();
  return found && found.IsScalar() ? found.Scalar() : std::string();
}

// The entry of "clusters", "users" or "contexts" with this name, and in it what stands under `kind`.
YAML::Node entry(const YAML::Node& root, const char* list, const std::string& name, const char* kind) {
  const YAML::Node entries = root[list];
  if (entries && entries.IsSequence()) {
    for (const YAML::Node& one : entries) {
      if (text(one, "name") == name && one[kind]) return one[kind];
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
std::string content(const YAML::Node& node, const std::string& key, const std::filesystem::path& folder) {
  if (const std::string data = text(node, (key + "-data").c_str()); !data.empty()) {
    std::string decoded = decode_base64(data);
    if (decoded.empty()) throw Unusable{key + "-data is not base64"};
    return decoded;
  }
  const std::string file = text(node, key.c_str());
  if (file.empty()) return {};
  auto read = read_file(folder / file);
  if (!read) throw Unusable{read.error().message()};
  return std::move(*read);
}

void read_cluster(const YAML::Node& cluster, const std::filesystem::path& folder, Config& config) {
  refuse(cluster, {"proxy-url"});
  if (text(cluster, "insecure-skip-tls-verify") == "true") throw Unusable{"insecure-skip-tls-verify is not supported"};
  const auto url = parse_server_url(text(cluster, "server"));
  if (!url) throw Unusable{url.error().message()};
  config.endpoint.tls = url->tls;
  config.endpoint.host = url->host;
  config.endpoint.port = url->port;
  config.endpoint.server_name = text(cluster, "tls-server-name");
  config.base_path = url->path;
  config.endpoint.ca_pem = content(cluster, "certificate-authority", folder);
}

void read_user(const YAML::Node& user, const std::filesystem::path& folder, Config& config) {
  refuse(user, {"exec", "auth-provider", "username", "password", "as", "as-groups", "as-uid", "as-user-extra"});
  config.endpoint.client_chain_pem = content(user, "client-certificate", folder);
  config.endpoint.client_key_pem = Secret(content(user, "client-key", folder));
  config.token = Secret(text(user, "token"));
  const std::string token_file = text(user, "tokenFile");
  if (!token_file.empty()) config.token_file = folder / token_file;
}

Config read(const std::filesystem::path& path) {
  const auto written = read_file(path);
  if (!written) throw Unusable{written.error().message()};
  const YAML::Node root = YAML::Load(*written);
  if (!root.IsMap()) throw Unusable{"it is no map"};
  const std::filesystem::path folder = path.parent_path();
  const YAML::Node context = entry(root, "contexts", text(root, "current-context"), "context");
  Config config;
  config.namespace_name = text(context, "namespace");
  read_cluster(entry(root, "clusters", text(context, "cluster"), "cluster"), folder, config);
  read_user(entry(root, "users", text(context, "user"), "user"), folder, config);
  return config;
}

}  // namespace

Result<Config> load_kubeconfig(const std::filesystem::path& path) {
  const auto unusable = [&path](std::string_view why) {
    return fail(ErrorCode::bad_input, "the kubeconfig " + path.string() + " can not be used: " + std::string(why));
  };
  try {
    Config config = read(path);
    if (const auto loaded = reload(config); !loaded) return unusable(loaded.error().message());
    return config;
  } catch (const Unusable& reason) {
    return unusable(reason.why);
  } catch (const YAML::Exception& error) {
    return unusable("line " + std::to_string(error.mark.line + 1) + ": " + error.msg);
  }
}

}  // namespace sallyport::kube
