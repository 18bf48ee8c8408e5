#include "kube/kubeconfig.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "kube/exec_plugin.hpp"

namespace sallyport::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kV1 = "client.authentication.k8s.io/v1";

struct KubeconfigTest : testing::Test {
  KubeconfigTest() { std::filesystem::create_directories(folder); }
  ~KubeconfigTest() override { std::filesystem::remove_all(folder); }

  std::filesystem::path write(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories((folder / name).parent_path());
    std::ofstream(folder / name) << content;
    return folder / name;
  }
  std::string script(const std::string& name, const std::string& lines) const {
    const auto path = write(name, "#!/bin/sh\n" + lines + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path.string();
  }
  ExecPlugin plugin(const std::string& lines) const {
    return {.api_version = kV1, .command = script("plugin", lines), .interactive_mode = "Never"};
  }
  static std::string credential(const std::string& status, const std::string& version = kV1) {
    return R"({"kind":"ExecCredential","apiVersion":")" + version + R"(","status":{)" + status + "}}";
  }

  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("sallyport-kubeconfig-test-" + std::to_string(::getpid()));
};

TEST_F(KubeconfigTest, OfSeveralFilesTheFirstThatHoldsANameWins) {
  write("one/token", "of one");
  const auto one = write("one/config",
                         "contexts: [{name: a, context: {cluster: c, user: u, namespace: shop}}]\n"
                         "users: [{name: u, user: {tokenFile: token}}]\n");
  const auto two =
      write("two/config",
            "current-context: a\n"
            "contexts: [{name: a, context: {cluster: x, user: x}}, {name: b, context: {cluster: c, user: v}}]\n"
            "clusters: [{name: c, cluster: {server: 'https://kube'}}]\n"
            "users: [{name: u, user: {token: of-two}}, {name: v, user: {token: v}}]\n");
  const auto first = load_kubeconfig(KubeconfigChoice{{one, two}, ""});
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->context, "a");
  EXPECT_EQ(first->config.namespace_name, "shop");
  EXPECT_EQ(first->config.token.reveal(), "of one");
  const auto named = load_kubeconfig(KubeconfigChoice{{one, two}, "b"});
  ASSERT_TRUE(named) << named.error().message();
  EXPECT_EQ(named->config.token.reveal(), "v");
  EXPECT_THAT(context_names({one, two, folder / "none"}), ElementsAre("a", "b"));
}

TEST_F(KubeconfigTest, SaysWhichContextIsMissing) {
  const auto file = write("config", "contexts: []\n");
  EXPECT_EQ(load_kubeconfig(KubeconfigChoice{{file}, ""}).error().message(),
            "the kubeconfig " + file.string() + " cannot be used: it has no current-context");
  EXPECT_EQ(load_kubeconfig(KubeconfigChoice{{file}, "prod"}).error().message(),
            "the kubeconfig " + file.string() + " cannot be used: contexts holds no \"prod\"");
}

TEST_F(KubeconfigTest, ReadsAnExecPluginThatAServerRefuses) {
  const auto file = write("config",
                          "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n"
                          "clusters: [{name: c, cluster: {server: 'https://kube'}}]\n"
                          "users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, "
                          "command: ./bin/login, args: [a, 1], env: [{name: K, value: v}], installHint: get it, "
                          "provideClusterInfo: true}}}]\n");
  const auto read = load_kubeconfig(KubeconfigChoice{{file}, ""});
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_TRUE(read->exec);
  EXPECT_EQ(read->exec->command, (folder / "./bin/login").string());
  EXPECT_THAT(read->exec->arguments, ElementsAre("a", "1"));
  EXPECT_THAT(read->exec->environment, ElementsAre(std::pair("K", "v")));
  EXPECT_EQ(read->exec->interactive_mode, "IfAvailable");
  EXPECT_EQ(read->exec->install_hint, "get it");
  EXPECT_TRUE(read->exec->provide_cluster_info);
  EXPECT_THAT(load_kubeconfig(file).error().message(), HasSubstr("exec is not supported"));
}

TEST_F(KubeconfigTest, TheFilesExecPluginMustSpeakAVersionWeKnow) {
  const auto file = write("config",
                          "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n"
                          "clusters: [{name: c, cluster: {server: 'https://kube'}}]\n"
                          "users: [{name: u, user: {exec: {apiVersion: v1alpha1, command: x}}}]\n");
  EXPECT_THAT(load_kubeconfig(KubeconfigChoice{{file}, ""}).error().message(),
              HasSubstr("exec.apiVersion must be client.authentication.k8s.io/v1 or v1beta1"));
}

TEST_F(KubeconfigTest, TakesThePluginsToken) {
  auto told = plugin("printf '%s' \"$KUBERNETES_EXEC_INFO\" >\"" + (folder / "info").string() + "\"; echo '" +
                     credential(R"("token":"'"$K$1"'")") + "'");
  told.environment = {{"K", "v"}};
  told.arguments = {"1"};
  told.provide_cluster_info = true;
  Config config;
  config.endpoint.host = "kube";
  config.endpoint.ca_pem = "CA";
  config.endpoint.proxy = net::Proxy{"proxy", 3128, Secret("Basic bWU6czNjcmV0")};
  const auto done = run_exec_plugin(told, config);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(config.token.reveal(), "v1");
  std::ifstream info(folder / "info");
  const std::string text{std::istreambuf_iterator<char>(info), {}};
  EXPECT_EQ(
      text,
      R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false,)"
      R"("cluster":{"server":"https://kube:443","certificate-authority-data":"Q0E=","proxy-url":"http://proxy:3128"}}})");
}

TEST_F(KubeconfigTest, TakesThePluginsCertificate) {
  Config config;
  const auto done = take_exec_credential(plugin("true"),
                                         credential(R"("clientCertificateData":"CERT","clientKeyData":"KEY")"), config);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(config.endpoint.client_chain_pem, "CERT");
  EXPECT_EQ(config.endpoint.client_key_pem.reveal(), "KEY");
}

TEST_F(KubeconfigTest, SaysWhatIsWrongWithAPlugin) {
  const struct {
    std::string lines, why;
  } cases[] = {
      {"exit 3", "failed with exit code 3"},
      {"kill -9 $$", "was killed"},
      {"echo '{}'", "does not print an ExecCredential"},
      {"echo '" + credential(R"("token":"t")", "client.authentication.k8s.io/v1beta1") + "'",
       "does not answer in client.authentication.k8s.io/v1"},
      {"echo '" + credential("") + "'", "prints neither a token nor a client certificate"},
      {"echo '" + credential(R"("clientKeyData":"KEY")") + "'", "prints half of a client certificate and its key"},
      {"yes", "prints more than a credential"},
      {"sleep 60", "did not end in time"},
      {"sleep 60 & exit 0", "did not end in time"},
      {"exec >&-; sleep 60", "did not end in time"},
  };
  for (const auto& c : cases) {
    const auto named = plugin(c.lines);
    Config config;
    const auto done = run_exec_plugin(named, config, {std::chrono::milliseconds(500), 4096});
    ASSERT_FALSE(done) << c.why;
    EXPECT_EQ(done.error().message(), "the credential plugin " + named.command + " of the kubeconfig " + c.why);
  }
  Config config;
  EXPECT_EQ(run_exec_plugin({.api_version = kV1, .command = "no-such-login", .install_hint = "ask Bob"}, config)
                .error()
                .message(),
            "the credential plugin no-such-login of the kubeconfig cannot be run: No such file or directory (ask Bob)");
  auto always = plugin("true");
  always.interactive_mode = "Always";
  if (::isatty(STDIN_FILENO) == 0) {
    EXPECT_THAT(run_exec_plugin(always, config).error().message(), HasSubstr("needs a terminal to log in"));
  }
}

}  // namespace
}  // namespace sallyport::kube
