#include "serve/config.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.hpp"
#include "serve/configuration_record.hpp"

namespace sallyport::serve {
namespace {

class ConfigFile : public testing::Test {
 protected:
  ConfigFile() {
    auto pattern = (std::filesystem::temp_directory_path() / "sallyport-config-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~ConfigFile() override { std::filesystem::remove_all(directory_); }

  Result<Config> load(const std::string& text) {
    const auto file = directory_ / "config.yaml";
    std::ofstream(file) << text;
    return load_config(file.string());
  }
  std::string refusal(const std::string& text) {
    const auto config = load(text);
    return config ? "" : config.error().message();
  }

  std::filesystem::path directory_;
};

constexpr auto kWhole = R"(
namespace: ops
serviceAccount: gatekeeper
agents:
- {name: deployer, serviceAccounts: [agents/deployer], retries429: false}
webhook: {address: "127.0.0.1:9443", service: hook, timeoutSeconds: 10, gate: g, requests: r, certificateDir: /tls}
health: {address: "127.0.0.1:1"}
metrics: {address: "127.0.0.1:2"}
log:
  dir: /log
  fileMiB: 2
  fileAge: 1h
  compress: true
  keep: 200h
  sinks: [{name: out, type: stdout}, {name: copy, type: file, directory: /copy, batchRecords: 9}]
keysSecret: keys
sealKeyFile: seal.key
holds: {perAgent: 4, total: 8}
limits: {openPerAgent: 5, openPerNamespace: 6, keptMiBPerNamespace: 7, keptMiB: 8, logMiBPerAgentPerDay: 9}
cooldown: 1m
history: {retain: 48h, maxPerNamespace: 0}
shutdownDelay: 5s
guard: Warn
effects: [{group: example.com, resource: widgets, fields: {spec.run: [RunsCode]}}]
release: gatekeeper
webhookConfigurations:
  gate: [{name: gate.sallyport.dev, timeoutSeconds: 10}]
  requests: [{name: requests.sallyport.dev}]
  tolerated: [{field: namespaceSelector, value: {matchLabels: {a: b}}}]
admissionPolicy:
  name: vap
  policy: {failurePolicy: Fail, validations: [{expression: "true", count: 3, on: "yes"}]}
  binding: {policyName: vap}
)";

TEST_F(ConfigFile, EveryKeyIsRead) {
  const auto config = load(kWhole);
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_TRUE(check_config(*config));
  EXPECT_EQ(config->namespace_name, "ops");
  EXPECT_EQ(config->agents.at(0).service_accounts.at(0), "agents/deployer");
  EXPECT_FALSE(config->agents.at(0).retries_429);
  EXPECT_EQ(config->webhook.timeout, std::chrono::seconds(10));
  EXPECT_EQ(config->webhook.certificate_dir, "/tls");
  EXPECT_EQ(config->engine.holds_per_agent, 4u);
  EXPECT_EQ(config->engine.holds_in_all, 8u);
  EXPECT_EQ(config->engine.open_per_agent, 5u);
  EXPECT_EQ(config->engine.open_per_namespace, 6u);
  EXPECT_EQ(config->engine.history.bytes_per_namespace, std::size_t{7} << 20);
  EXPECT_EQ(config->engine.history.bytes_in_all, std::size_t{8} << 20);
  EXPECT_EQ(config->engine.log_bytes_per_agent_a_day, std::uint64_t{9} << 20);
  EXPECT_EQ(config->engine.cooldown, std::chrono::minutes(1));
  EXPECT_EQ(config->engine.history.retain, std::chrono::hours(48));
  EXPECT_EQ(config->engine.history.per_namespace, 0u);
  EXPECT_EQ(config->shutdown_delay, std::chrono::seconds(5));
  ASSERT_EQ(config->sinks.size(), 2u);
  EXPECT_EQ(config->sinks[1].directory, "/copy");
  EXPECT_EQ(config->sinks[1].batch.records, 9u);
  EXPECT_EQ(config->guard, model::Enforcement::warn);
  EXPECT_EQ(config->log_file_mib, 2u);
  EXPECT_EQ(config->added_effects.at(0).resource, "widgets");
  const model::Resource widgets{"example.com", "v1", "widgets", ""};
  EXPECT_TRUE(config->effects->possible(widgets, model::Operation::create).has(model::Effect::runs_code));
  EXPECT_THAT(json::write(configuration_loaded(*config).fields),
              testing::HasSubstr(
                  R"("effects":[{"group":"example.com","resource":"widgets","fields":{"spec.run":["RunsCode"]}}])"));
  EXPECT_EQ(config->log_file_age, std::chrono::hours(1));
  EXPECT_TRUE(config->log_compress);
  EXPECT_EQ(config->log_keep, std::chrono::hours(200));
  const auto gate = shipped_gate(*config);
  EXPECT_EQ(gate.release, "gatekeeper");
  ASSERT_EQ(gate.parts.size(), 4u);
  EXPECT_EQ(gate.parts[0].name, "g");
  EXPECT_EQ(gate.parts[0].content.items()[0]["timeoutSeconds"].integer(), 10);
  EXPECT_EQ(gate.parts[1].name, "r");
  EXPECT_EQ(gate.parts[3].content["policyName"].text(), "vap");
  EXPECT_EQ(gate.tolerated.at(0).value["matchLabels"]["a"].text(), "b");
  const auto& rule = config->admission_policy.policy["validations"].items()[0];
  EXPECT_EQ(rule["expression"].text(), "true");  // quoted: a text, as the API server has it
  EXPECT_EQ(rule["count"].integer(), 3);
}

TEST_F(ConfigFile, TheEngineIsToldItsLimitsAndWhoItWorksFor) {
  auto config = load(kWhole);
  ASSERT_TRUE(config) << config.error().message();
  config->name = "sallyport-1";
  const auto settings = engine_settings(*config, "cluster");
  EXPECT_EQ(settings.agents.at(0).name, "deployer");
  EXPECT_EQ(settings.own_namespace, "ops");
  EXPECT_EQ(settings.cluster_id, "cluster");
  EXPECT_EQ(settings.replica, "sallyport-1");
  EXPECT_FALSE(settings.callers_proven);
  EXPECT_EQ(settings.open_per_agent, 5u);
  config->webhook.client_names = {"kube-apiserver"};
  EXPECT_TRUE(engine_settings(*config, "cluster").callers_proven);
}

TEST_F(ConfigFile, WhatIsWrongIsNamedWithItsLine) {
  EXPECT_NE(refusal("namespace: a\nagentz: []\n").find(":2:1: unknown key \"agentz\""), std::string::npos);
  EXPECT_NE(refusal("holds:\n  perAgent: 0\n").find(":2:13: must be a number from 1 to 1000"), std::string::npos);
  EXPECT_NE(refusal("cooldown: soon\n").find(":1:11: "), std::string::npos);
  EXPECT_NE(refusal("guard: Off\n").find("guard must be Enforce, Warn or Audit"), std::string::npos);
  EXPECT_NE(refusal("webhook: {clientCAFile: /ca.crt}\n").find("belong together"), std::string::npos);
  EXPECT_NE(refusal("webhook: {clientNames: [kube-apiserver]}\n").find("belong together"), std::string::npos);
  EXPECT_NE(refusal("webhook: [1]\n").find("webhook must be a mapping"), std::string::npos);
  EXPECT_NE(refusal("agents: {a: b}\n").find("agents must be a list"), std::string::npos);
  EXPECT_NE(refusal("log: {keep: 24h}\n").find("log.keep must be 168h or more"), std::string::npos);
  EXPECT_NE(refusal("history: {retain: 23h}\n").find(":1:19: history.retain must be 24h or more, or 0s"),
            std::string::npos);
  EXPECT_NE(refusal("history: {maxPerNamespace: -1}\n").find("must be a number from 0 to 100000"), std::string::npos);
  EXPECT_NE(refusal("history: {keep: 48h}\n").find("unknown key \"keep\" in history"), std::string::npos);
  EXPECT_EQ(load("history: {retain: 0s}\n")->engine.history.retain, Duration{});
  EXPECT_NE(refusal("log: {fileMiB: 0}\n").find("must be a number from 1 to 4096"), std::string::npos);
  EXPECT_NE(refusal("log:\n  sinks:\n  - {name: out, type: stdout, url: x}\n").find(":3:5: sink \"out\": unknown key"),
            std::string::npos);
  EXPECT_NE(
      refusal("log: {sinks: [{name: a, type: stdout}, {name: a, type: stdout}]}\n").find("two sinks are called a"),
      std::string::npos);
  EXPECT_NE(refusal("webhookConfigurations: {tolerated: [{field: rules, value: []}]}\n")
                .find("field must be namespaceSelector or objectSelector"),
            std::string::npos);
  EXPECT_NE(refusal("effects:\n- {group: a.b, resource: cs, fields: {spec: [Own]}}\n")
                .find(":2:1: effects[0].fields[\"spec\"]: \"Own\" is the built-in guard's own"),
            std::string::npos);
  EXPECT_NE(refusal("effects: [{group: apps, resource: deployments, fields: {spec.replica: [Shared]}}]\n")
                .find("effects[0]: apps/deployments has no field spec.replica"),
            std::string::npos);
  EXPECT_NE(refusal("namespace: [\n"), "");
  EXPECT_NE(load_config("/nowhere/config.yaml").error().message().find("/nowhere/config.yaml"), std::string::npos);
}

TEST_F(ConfigFile, NoAgentsIsNoConfiguration) {
  EXPECT_NE(check_config(*load("namespace: a\n")).error().message().find("agents is empty"), std::string::npos);
  const auto nobody = load("agents: [{name: ghost}]\nadmissionPolicy: {name: vap}\n");
  EXPECT_NE(check_config(*nobody).error().message().find("\"ghost\""), std::string::npos);
  const auto unguarded = load("agents: [{name: a, users: [b]}]\n");
  EXPECT_NE(check_config(*unguarded).error().message().find("admissionPolicy"), std::string::npos);
  const auto unwatched = load("agents: [{name: a, users: [b]}]\nadmissionPolicy: {name: vap}\n");
  EXPECT_NE(check_config(*unwatched).error().message().find("webhookConfigurations"), std::string::npos);
}

}  // namespace
}  // namespace sallyport::serve
