#include "kube/config.hpp"

#include <filesystem>
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::kube {
namespace {

using testing::HasSubstr;

struct ConfigTest : testing::Test {
  ConfigTest() { std::filesystem::create_directories(folder); }
  ~ConfigTest() override { std::filesystem::remove_all(folder); }

  std::filesystem::path write(const std::string& name, const std::string& content) const {
    std::ofstream(folder / name) << content;
    return folder / name;
  }
  static std::string kubeconfig(const std::string& cluster, const std::string& user) {
    return "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
           "contexts:\n- {name: elsewhere, context: {cluster: x, user: x}}\n"
           "- {name: here, context: {cluster: c, user: u, namespace: payments}}\n"
           "clusters:\n- name: c\n  cluster: {" +
           cluster + "}\nusers:\n- name: u\n  user: {" + user + "}\n";
  }
  Result<Config> load(const std::string& cluster, const std::string& user) const {
    return load_config(write("config", kubeconfig(cluster, user)));
  }

  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("sallyport-config-test-" + std::to_string(::getpid()));
};

TEST_F(ConfigTest, ReadsFilesBesideTheKubeconfig) {
  write("ca.crt", "CA");
  write("client.crt", "CERT");
  write("client.key", "KEY");
  const auto config = load("server: 'https://10.0.0.1:6443/k8s/', certificate-authority: ca.crt, tls-server-name: kube",
                           "client-certificate: client.crt, client-key: client.key");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_TRUE(config->endpoint.tls);
  EXPECT_EQ(config->endpoint.host, "10.0.0.1");
  EXPECT_EQ(config->endpoint.port, 6443);
  EXPECT_EQ(config->base_path, "/k8s");
  EXPECT_EQ(config->endpoint.server_name, "kube");
  EXPECT_EQ(config->endpoint.ca_pem, "CA");
  EXPECT_EQ(config->endpoint.client_chain_pem, "CERT");
  EXPECT_EQ(config->endpoint.client_key_pem.reveal(), "KEY");
  EXPECT_EQ(config->namespace_name, "payments");
  EXPECT_TRUE(config->token.empty());
}

TEST_F(ConfigTest, ReadsDataInItsPlace) {
  const auto config = load(
      "server: 'https://kube', certificate-authority-data: Q0E=, certificate-authority: missing.crt", "token: t0ken");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->endpoint.ca_pem, "CA");
  EXPECT_EQ(config->endpoint.port, 443);
  EXPECT_EQ(config->token.reveal(), "t0ken");
}

TEST_F(ConfigTest, FollowsATokenFile) {
  write("token", "first\n");
  auto config = load("server: 'https://kube'", "tokenFile: token");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->token.reveal(), "first");
  EXPECT_EQ(reload(*config), false);
  write("token", "second");
  EXPECT_EQ(reload(*config), true);
  EXPECT_EQ(config->token.reveal(), "second");
  for (const char* bad : {"", "\n"}) {
    write("token", bad);
    EXPECT_FALSE(reload(*config));
    EXPECT_EQ(config->token.reveal(), "second");
  }
  std::filesystem::remove(folder / "token");
  EXPECT_FALSE(reload(*config));
  EXPECT_EQ(config->clone().token.reveal(), "second");
}

TEST_F(ConfigTest, RefusesWhatItWouldHaveToPassOver) {
  const std::string server = "server: 'https://kube'";
  const struct {
    std::string cluster, user;
    const char* why;
  } cases[] = {
      {"server: 'kube:6443'", "token: t", "does not begin with https:// or http://"},
      {"server: 'https://'", "token: t", "no proper host and port"},
      {server + ", insecure-skip-tls-verify: true", "token: t", "insecure-skip-tls-verify is not supported"},
      {server + ", proxy-url: 'socks5://p'", "token: t",
       "proxy-url: the proxy socks5://p is not supported; only http:// proxies are"},
      {server + ", certificate-authority-data: '!'", "token: t", "certificate-authority-data is not base64"},
      {server + ", certificate-authority: none.crt", "token: t", "none.crt"},
      {server, "exec: {command: aws}", "exec is not supported"},
      {server, "username: u, password: p", "username is not supported"},
      {server, "token: t, as: admin", "as is not supported"},
      {server, "tokenFile: none", "none"},
  };
  for (const auto& c : cases) {
    const auto config = load(c.cluster, c.user);
    ASSERT_FALSE(config) << c.why;
    EXPECT_THAT(config.error().message(), HasSubstr(c.why));
  }
}

// The environment's variables, while a test runs.
class Environment {
 public:
  explicit Environment(std::map<std::string, std::string> variables) : variables_(std::move(variables)) {
    for (const auto& [name, value] : variables_) ::setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    for (const auto& [name, value] : variables_) ::unsetenv(name.c_str());
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::map<std::string, std::string> variables_;
};

TEST_F(ConfigTest, TakesTheProxyThatTheFileOrTheEnvironmentNames) {
  const std::string server = "server: 'https://kube:6443'";
  EXPECT_FALSE(load(server, "token: t")->endpoint.proxy);
  const auto named = load(server + ", proxy-url: 'http://me:s3cret@p:3128'", "token: t");
  ASSERT_TRUE(named) << named.error().message();
  const auto cloned = named->clone();
  ASSERT_TRUE(cloned.endpoint.proxy);
  EXPECT_EQ(to_string(*cloned.endpoint.proxy), "the proxy p:3128");
  EXPECT_EQ(cloned.endpoint.proxy->authorization.reveal(), "Basic bWU6czNjcmV0");

  const Environment environment({{"https_proxy", "http://env:1"}, {"NO_PROXY", "elsewhere"}});
  EXPECT_EQ(to_string(load(server, "token: t")->endpoint.proxy.value()), "the proxy env:1");
  EXPECT_FALSE(load("server: 'https://elsewhere'", "token: t")->endpoint.proxy);
  EXPECT_FALSE(load("server: 'https://127.0.0.1'", "token: t")->endpoint.proxy);
  const auto both = load("server: 'https://elsewhere', proxy-url: 'http://p:3128'", "token: t");
  EXPECT_EQ(to_string(both->endpoint.proxy.value()), "the proxy p:3128");  // as with kubectl
  const Environment broken({{"HTTPS_PROXY", "socks5://me:s3cret@env"}});
  EXPECT_THAT(load(server, "token: t").error().message(),
              HasSubstr("HTTPS_PROXY: the proxy socks5://env is not supported"));
}

TEST_F(ConfigTest, SaysWhatIsWrongWithTheFile) {
  EXPECT_THAT(load_config(folder / "none").error().message(), HasSubstr("none"));
  EXPECT_THAT(load_config(write("list", "- a")).error().message(), HasSubstr("it is no map"));
  EXPECT_THAT(load_config(write("yaml", "a: [")).error().message(), HasSubstr("line "));
  EXPECT_THAT(load_config(write("empty", "current-context: here")).error().message(),
              HasSubstr("contexts holds no \"here\""));
}

}  // namespace
}  // namespace sallyport::kube
