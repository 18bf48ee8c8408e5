#pragma once

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "json/json.hpp"
#include "kube/api.hpp"
#include "kube/paths.hpp"
#include "model/request.hpp"

// kube/ against a real API server: the cluster of KUBECONFIG, as its admin, with our CRDs and nothing else of ours in
// it. What it makes is in a namespace of its own, or named after it.
namespace sallyport::kube {

inline Config load_live() {
  const char* const path = std::getenv("KUBECONFIG");
  auto config = load_config(path == nullptr ? std::nullopt : std::optional<std::filesystem::path>(path));
  if (config) return std::move(*config);
  ADD_FAILURE() << "KUBECONFIG must name a cluster: " << config.error().message();
  std::exit(1);
}

inline json::Value parsed(std::string_view text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value) << text;
  return value.value_or(json::Value());
}

inline json::Value object(std::string_view api_version, std::string_view kind, std::string_view name,
                          std::string_view rest = "{}") {
  json::Value made = parsed(rest);
  made.set("apiVersion", api_version);
  made.set("kind", kind);
  made.set("metadata", json::Value().set("name", name));
  return made;
}

class KubeLive : public testing::Test {
 protected:
  KubeLive() {
    const auto chosen = random.bytes(4);
    name = "live-" + base32({reinterpret_cast<const std::uint8_t*>(chosen.reveal().data()), chosen.reveal().size()});
    api = make_api(load_live());
  }
  void SetUp() override { made(kNamespaces, object("v1", "Namespace", name)); }
  void TearDown() override {
    for (const std::string& path : to_delete)
      (void)send({.method = "DELETE", .path = path, .body = {}, .effect = Effect::write});
  }

  std::unique_ptr<Api> make_api(Config config) {
    auto made = Api::make({io.get_executor(), clock, random}, std::move(config), "sallyport/live-test");
    EXPECT_TRUE(made);
    return std::move(*made);
  }
  template <typename T>
  T run(boost::asio::awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(io, std::move(work), [&result](std::exception_ptr error, T value) {
      EXPECT_FALSE(error);
      result = std::move(value);
    });
    EXPECT_TRUE(run_until([&result] { return result.has_value(); }));
    return std::move(*result);
  }
  bool run_until(const std::function<bool()>& holds) {
    io.restart();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!holds() && std::chrono::steady_clock::now() < deadline) io.run_one_for(std::chrono::milliseconds(100));
    return holds();
  }
  Result<json::Value> send(ApiCall call) { return run(api->send(std::move(call))); }
  json::Value made(const Collection& collection, const json::Value& what, std::string_view namespace_name = {}) {
    const auto created = send(create(path_of(collection, namespace_name), what));
    EXPECT_TRUE(created) << created.error().message();
    to_delete.insert(to_delete.begin(), path_of(collection, namespace_name, what["metadata"]["name"].text()));
    return created.value_or(json::Value());
  }
  model::RequestSpec spec() const {
    model::RequestSpec spec;
    spec.requester = {.user = {.username = "system:serviceaccount:agents:deployer", .groups = {"g"}},
                      .agent = "deployer"};
    spec.reason = "because";
    spec.action = {
        .summary = "update deployments.apps web",
        .digest = "sha256:" + std::string(64, 'a'),
        .changes = {{.path = "spec.replicas", .from = "1", .to = "2"}, {.path = "data.x", .redacted = true}},
        .of_type = model::Kubernetes{
            .operation = model::Operation::connect,
            .target = {.resource = {"apps", "v1", "deployments", ""}, .namespace_name = name, .name = "web"},
            .connect = model::Connect{.container = "c", .command = {"sh", ""}, .tty = true, .pod = {"p", {"i"}}},
            .options = "{}"}};
    spec.policies = {{.ref = {"ApprovalPolicy", name, "promote", "p1", 3},
                      .approval = {.requirements = {{"owner", 1, {{model::Approver::Kind::group, "oncall"}}}}},
                      .ignored_fields = {"metadata.annotations.x"},
                      .message = "hello"}};
    spec.expires_at = *parse_instant("2030-01-01T00:00:00.123456Z");
    spec.seal = "spec-seal";
    return spec;
  }

  std::string name;
  boost::asio::io_context io;
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<Api> api;
  std::vector<std::string> to_delete;
};

}  // namespace sallyport::kube
