// kube/ against a real API server: the cluster of KUBECONFIG, as its admin, with our CRDs and nothing else of ours in
// it. What it makes is in a namespace of its own, or named after it.
#include <cstdlib>
#include <filesystem>
#include <list>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.hpp"
#include "kube/admission_policy.hpp"
#include "kube/cluster.hpp"
#include "kube/discovery.hpp"
#include "kube/informer.hpp"
#include "kube/secret_store.hpp"
#include "kube/webhook_config.hpp"
#include "wire/policy.hpp"
#include "wire/request.hpp"

namespace sallyport::kube {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::Contains;
using testing::Not;

Config load_live() {
  const char* const path = std::getenv("KUBECONFIG");
  auto config = load_config(path == nullptr ? std::nullopt : std::optional<std::filesystem::path>(path));
  if (config) return std::move(*config);
  ADD_FAILURE() << "KUBECONFIG must name a cluster: " << config.error().message();
  std::exit(1);
}

json::Value parsed(std::string_view text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value) << text;
  return value.value_or(json::Value());
}

json::Value object(std::string_view api_version, std::string_view kind, std::string_view name,
                   std::string_view rest = "{}") {
  json::Value made = parsed(rest);
  made.set("apiVersion", api_version);
  made.set("kind", kind);
  made.set("metadata", json::Value().set("name", name));
  return made;
}

struct Notes final : Observer {
  void on_added(json::Value added) override { told.push_back("+" + name(added)); }
  void on_modified(json::Value modified) override { told.push_back("~" + name(modified)); }
  void on_deleted(const ObjectId& deleted) override { told.push_back("-" + deleted.name); }
  void on_synced(std::uint64_t) override {}
  void on_trouble(const Error&) override {}
  static std::string name(const json::Value& about) { return std::string(about["metadata"]["name"].text()); }
  [[nodiscard]] bool has(const std::string& note) const { return std::ranges::find(told, note) != told.end(); }

  std::vector<std::string> told;
};

// Passes bytes on to the API server, until it is told to swallow those of all connections that it has by then: that is
// what a stalled watch looks like.
class StallingProxy {
 public:
  StallingProxy(asio::io_context& io, asio::ip::tcp::endpoint upstream)
      : acceptor_(io, {asio::ip::address_v4::loopback(), 0}), upstream_(std::move(upstream)) {
    asio::co_spawn(io, accept(), asio::detached);
  }
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  void stall() {
    for (Pair& pair : pairs_) pair.stalled = true;
  }

 private:
  static constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
  struct Pair {
    asio::ip::tcp::socket near, far;
    bool stalled = false;
  };

  asio::awaitable<void> accept() {
    for (;;) {
      auto [error, near] = co_await acceptor_.async_accept(kNoThrow);
      if (error) co_return;
      Pair& pair = pairs_.emplace_back(std::move(near), asio::ip::tcp::socket(acceptor_.get_executor()));
      const auto [refused] = co_await pair.far.async_connect(upstream_, kNoThrow);
      if (refused) co_return;
      asio::co_spawn(acceptor_.get_executor(), pump(&pair, &pair.near, &pair.far), asio::detached);
      asio::co_spawn(acceptor_.get_executor(), pump(&pair, &pair.far, &pair.near), asio::detached);
    }
  }
  // The pair is in pairs_, which lives as long as this.
  asio::awaitable<void> pump(Pair* pair, asio::ip::tcp::socket* from, asio::ip::tcp::socket* to) {
    char bytes[16384];
    for (;;) {
      const auto [error, size] = co_await from->async_read_some(asio::buffer(bytes), kNoThrow);
      if (error) break;
      if (pair->stalled) continue;
      const auto [unwritten, sent] = co_await asio::async_write(*to, asio::buffer(bytes, size), kNoThrow);
      if (unwritten) break;
    }
    boost::system::error_code ignored;
    to->shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  }

  asio::ip::tcp::acceptor acceptor_;
  asio::ip::tcp::endpoint upstream_;
  std::list<Pair> pairs_;
};

class KubeLive : public testing::Test {
 protected:
  KubeLive() {
    const auto random = random_secret(4);
    name = "live-" + base32({reinterpret_cast<const std::uint8_t*>(random.reveal().data()), random.reveal().size()});
    api = make_api(load_live());
  }
  void SetUp() override { made(kNamespaces, object("v1", "Namespace", name)); }
  void TearDown() override {
    for (const std::string& path : to_delete)
      (void)send({.method = "DELETE", .path = path, .body = {}, .effect = Effect::write});
  }

  std::unique_ptr<Api> make_api(Config config) {
    auto made = Api::make(io.get_executor(), std::move(config), "sallyport/live-test");
    EXPECT_TRUE(made);
    return std::move(*made);
  }
  template <typename T>
  T run(asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(io, std::move(work), [&result](std::exception_ptr error, T value) {
      EXPECT_FALSE(error);
      result = std::move(value);
    });
    EXPECT_TRUE(run_until([&result] { return result.has_value(); }));
    return std::move(*result);
  }
  bool run_until(const std::function<bool()>& holds) {
    io.restart();
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!holds() && std::chrono::steady_clock::now() < deadline) io.run_one_for(100ms);
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
        .operation = model::Operation::connect,
        .target = {.resource = {"apps", "v1", "deployments", ""}, .namespace_name = name, .name = "web"},
        .connect = model::Connect{.container = "c", .command = {"sh", ""}, .tty = true, .pod = {"p", {"i"}}},
        .options = "{}",
        .changes = {{.path = "spec.replicas", .from = "1", .to = "2"}, {.path = "data.x", .redacted = true}}};
    spec.policies = {{.ref = {"ApprovalPolicy", name, "promote", "p1", 3},
                      .approval = {.requirements = {{"owner", 1, {{model::Approver::Kind::group, "oncall"}}}}},
                      .ignored_fields = {"metadata.annotations.x"},
                      .message = "hello"}};
    spec.expires_at = *parse_instant("2030-01-01T00:00:00.123456Z");
    spec.seal = "spec-seal";
    return spec;
  }

  std::string name;
  asio::io_context io;
  std::unique_ptr<Api> api;
  std::vector<std::string> to_delete;
};

class KubeLiveCluster : public KubeLive {
 protected:
  void SetUp() override {
    KubeLive::SetUp();
    asio::co_spawn(io, events.run(), [this](std::exception_ptr) { ended = true; });
  }
  void TearDown() override {
    KubeLive::TearDown();
    events.stop();
    EXPECT_TRUE(run_until([this] { return ended; }));
  }

  EventQueue events{io.get_executor(), *api};
  Readiness readiness{{}};
  KubeCluster cluster{*api, events, readiness, "sallyport-0"};
  bool ended = false;
};

TEST_F(KubeLiveCluster, RequestsComeBackAsTheyWereWritten) {
  const model::RequestKey key{name, "promote-abc"};
  const auto created = run(cluster.create_request(key, spec()));
  ASSERT_TRUE(created) << created.error().message();
  EXPECT_EQ(created->status.state, model::State::pending);
  const auto read = run(cluster.read_request(key));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->uid, created->uid);
  EXPECT_EQ(json::write(wire::write_request(key, read->spec)), json::write(wire::write_request(key, spec())));
  EXPECT_EQ(run(cluster.create_request(key, spec())).error().code(), ErrorCode::already_exists);
  EXPECT_EQ(run(cluster.read_request({name, "none"})).error().code(), ErrorCode::not_found);
}

TEST_F(KubeLiveCluster, StatusIsComparedAndSet) {
  const auto created = run(cluster.create_request({name, "promote-abc"}, spec()));
  ASSERT_TRUE(created) << created.error().message();
  const model::LogPosition log{"sallyport-0", 7, std::string(64, 'c')};
  const Instant then = *parse_instant("2026-11-21T05:41:24.654321Z");
  model::RequestStatus status;
  status.state = model::State::approved;
  status.conditions = {{"Decided", "True", "Approved", "by alice", then}};
  status.requirements = {{"promote", "owner", 1, 1}};
  status.decision = model::Decision{model::State::approved, "met", then, then + 1h, {"alice"}, log, "d-seal"};
  status.uses = {{then, "admission-uid", 4, log, "u-seal"}};
  status.fence = "i-1";
  const auto replaced = run(cluster.replace_status(*created, status));
  ASSERT_TRUE(replaced) << replaced.error().message();
  EXPECT_EQ(json::write(wire::write_status(*replaced, replaced->status)["status"]),
            json::write(wire::write_status(*replaced, status)["status"]));
  EXPECT_EQ(run(cluster.replace_status(*created, status)).error().code(), ErrorCode::conflict);

  model::ApprovalRequest another = *replaced;  // the object that it was is gone
  another.uid = "00000000-0000-0000-0000-000000000000";
  EXPECT_EQ(run(cluster.replace_status(another, status)).error().code(), ErrorCode::conflict);
  another = *replaced;
  another.key.name = "none";
  EXPECT_EQ(run(cluster.replace_status(another, status)).error().code(), ErrorCode::not_found);
}

TEST_F(KubeLiveCluster, ApproversAreWhoTheAuthorizerSaysTheyAre) {
  constexpr Collection roles{"rbac.authorization.k8s.io", "v1", "roles"};
  constexpr Collection bindings{"rbac.authorization.k8s.io", "v1", "rolebindings"};
  made(roles,
       object("rbac.authorization.k8s.io/v1", "Role", "approver",
              R"({"rules":[{"apiGroups":["sallyport.dev"],"resources":["approvalrequests"],"verbs":["approve"]}]})"),
       name);
  made(bindings, object("rbac.authorization.k8s.io/v1", "RoleBinding", "approver", R"({
    "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"approver"},
    "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"Group","name":"live-oncall"}]})"),
       name);
  const model::User alice{.username = "alice", .groups = {"live-oncall"}}, mallory{.username = "mallory"};
  ASSERT_TRUE(run_until([&] { return run(cluster.may_approve(alice, {name, "any"})).value_or(false); }));
  EXPECT_EQ(run(cluster.may_approve(mallory, {name, "any"})), false);
  EXPECT_EQ(run(cluster.may_approve(alice, {"default", "any"})), false);
}

TEST_F(KubeLiveCluster, PodsAreReadForWhatTheyAre) {
  made({"", "v1", "serviceaccounts"}, object("v1", "ServiceAccount", "runner"), name);
  const auto pod = made(kPods, object("v1", "Pod", "web-0", R"({"spec":{"serviceAccountName":"runner",
    "automountServiceAccountToken":false,"containers":[{"name":"c","image":"registry.example.com/web:v1"}]}})"),
                        name);
  const auto facts = run(cluster.read_pod(name, "web-0"));
  ASSERT_TRUE(facts) << facts.error().message();
  EXPECT_EQ(facts->uid, pod["metadata"]["uid"].text());
  EXPECT_EQ(run(cluster.read_pod(name, "none")).error().code(), ErrorCode::not_found);
}

TEST_F(KubeLiveCluster, EventsStandOnTheRequest) {
  const auto created = run(cluster.create_request({name, "promote-abc"}, spec()));
  ASSERT_TRUE(created) << created.error().message();
  cluster.announce(*created, "Opened", "waits for 1 of oncall");
  cluster.announce(*created, "Approved", std::string(5000, 'x'));
  std::vector<std::string> reasons;
  ASSERT_TRUE(run_until([&] {
    reasons.clear();
    const auto list = send(get(path_of(kEvents, name)));
    for (const auto& event : (*list)["items"].items()) {
      if (event["regarding"]["uid"].text() == created->uid) reasons.emplace_back(event["reason"].text());
    }
    return reasons.size() == 2;
  })) << events.lost();
  EXPECT_THAT(reasons, testing::UnorderedElementsAre("Opened", "Approved"));
}

TEST_F(KubeLiveCluster, TheServersClockIsOurs) {
  EXPECT_EQ(cluster.why_not_ready(), std::nullopt);
  EXPECT_EQ(api->clock_offset(), Duration{0});
}

class KubeLiveInformer : public KubeLive {
 protected:
  void follow(Api& through) {
    informer = std::make_unique<Informer>(io.get_executor(), through, Informer::Settings{kApprovalRequests, 2}, notes);
    asio::co_spawn(io, informer->run(), [this](std::exception_ptr) { ended = true; });
    ASSERT_TRUE(run_until([this] { return informer->confirmed_at() != Duration{}; }));
  }
  void TearDown() override {
    informer->stop();
    EXPECT_TRUE(run_until([this] { return ended; }));
    KubeLive::TearDown();
  }
  void create_request(const std::string& request) {
    ASSERT_TRUE(send(create(path_of(kApprovalRequests, name), wire::write_request({name, request}, spec()))));
  }
  void delete_request(const std::string& request) {
    ASSERT_TRUE(send(
        {.method = "DELETE", .path = path_of(kApprovalRequests, name, request), .body = {}, .effect = Effect::write}));
  }
  void label_request(const std::string& request) {
    ASSERT_TRUE(
        send(merge_patch(path_of(kApprovalRequests, name, request), parsed(R"({"metadata":{"labels":{"a":"b"}}})"))));
  }

  Notes notes;
  std::unique_ptr<Informer> informer;
  bool ended = false;
};

TEST_F(KubeLiveInformer, HearsOfEverythingAndConfirmsIt) {
  for (const char* each : {"a", "b", "c"}) create_request(each);
  follow(*api);
  for (const char* each : {"+a", "+b", "+c"}) EXPECT_THAT(notes.told, Contains(each));
  create_request("d");
  label_request("a");
  delete_request("b");
  for (const char* each : {"+d", "~a", "-b"}) EXPECT_TRUE(run_until([&] { return notes.has(each); })) << each;
  const auto heard = notes.told;
  const Duration before = informer->confirmed_at();
  const auto confirmed = run(informer->confirm());
  ASSERT_TRUE(confirmed) << confirmed.error().message();
  EXPECT_GT(*confirmed, before);
  EXPECT_EQ(notes.told, heard);
}

TEST_F(KubeLiveInformer, ConfirmFindsWhatAStalledWatchHid) {
  for (const char* each : {"a", "b", "c"}) create_request(each);
  Config config = load_live();
  const asio::ip::tcp::endpoint upstream(asio::ip::make_address(config.endpoint.host), config.endpoint.port);
  StallingProxy proxy(io, upstream);
  config.endpoint.server_name = config.endpoint.host;
  config.endpoint.host = "127.0.0.1";
  config.endpoint.port = proxy.port();
  const auto through = make_api(std::move(config));
  follow(*through);
  create_request("d");
  ASSERT_TRUE(run_until([this] { return notes.has("+d"); }));  // the watch works

  proxy.stall();
  create_request("e");
  label_request("a");
  delete_request("b");
  const auto stalled = std::chrono::steady_clock::now();
  Result<Duration> confirmed = run(informer->confirm());
  while (!confirmed && std::chrono::steady_clock::now() - stalled < 14s) confirmed = run(informer->confirm());
  ASSERT_TRUE(confirmed) << confirmed.error().message();
  for (const char* each : {"+e", "~a", "-b"}) EXPECT_THAT(notes.told, Contains(each));
  EXPECT_LT(std::chrono::steady_clock::now() - stalled, 14s);
  create_request("f");
  EXPECT_TRUE(run_until([this] { return notes.has("+f"); }));  // and the watch works again
}

TEST_F(KubeLive, WebhooksAreAimedAndStayAimedWhenTheChartIsAppliedAgain) {
  const WebhookConfigName which{kValidatingWebhooks, name};
  const auto chart = object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", name, R"({"webhooks":[{
    "name":"gate.sallyport.dev","admissionReviewVersions":["v1"],"sideEffects":"None","failurePolicy":"Fail",
    "clientConfig":{"service":{"name":"webhook","namespace":"none","port":443}},
    "rules":[{"apiGroups":["none.example.com"],"apiVersions":["*"],"operations":["*"],"resources":["*/*"]}]}]})");
  const auto apply_chart = [&] {
    ApiCall call = server_side_apply(path_of(kValidatingWebhooks, {}, name), chart);
    call.path = path_of(kValidatingWebhooks, {}, name) + "?fieldManager=helm";
    return send(std::move(call));
  };
  ASSERT_TRUE(apply_chart());
  to_delete.push_back(path_of(kValidatingWebhooks, {}, name));
  const WebhookTarget target{.ca_pem = load_live().endpoint.ca_pem, .path = "/first/admit"};
  auto live = run(read_webhooks(*api, which));
  ASSERT_TRUE(live) << live.error().message();
  EXPECT_TRUE(why_not_aimed(*live, target));
  const auto aimed = run(aim_webhooks(*api, which, *live, target));
  ASSERT_TRUE(aimed) << aimed.error().message();
  EXPECT_EQ(why_not_aimed(*aimed, target), std::nullopt);

  ASSERT_TRUE(apply_chart());
  live = run(read_webhooks(*api, which));
  ASSERT_TRUE(live);
  EXPECT_EQ(why_not_aimed(*live, target), std::nullopt);
  EXPECT_EQ((*live)["webhooks"].items()[0]["clientConfig"]["service"]["name"].text(), "webhook");
  const WebhookTarget next{.ca_pem = target.ca_pem, .path = "/second/admit"};
  const auto moved = run(aim_webhooks(*api, which, *live, next));
  ASSERT_TRUE(moved) << moved.error().message();
  EXPECT_EQ(why_not_aimed(*moved, next), std::nullopt);
}

TEST_F(KubeLive, TheAdmissionPolicyMustStandExactly) {
  AdmissionPolicy expected{
      .policy_name = name,
      .binding_name = name,
      .policy_spec =
          parsed(R"({"failurePolicy":"Fail","matchConstraints":{"matchPolicy":"Equivalent","namespaceSelector":{},
        "objectSelector":{},"resourceRules":[{"apiGroups":["none.example.com"],"apiVersions":["*"],"operations":["CREATE"],
        "resources":["things"],"scope":"*"}]},"validations":[{"expression":"false","message":"no"}]})"),
      .binding_spec = parsed(R"({"policyName":")" + name + R"(","validationActions":["Deny"]})")};
  EXPECT_TRUE(run(check_admission_policy(*api, &expected))->value().contains("does not exist"));
  auto policy = object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", name);
  policy.set("spec", expected.policy_spec);
  made(kAdmissionPolicies, policy);
  EXPECT_TRUE(run(check_admission_policy(*api, &expected))->value().contains("does not exist"));
  auto binding = object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", name);
  binding.set("spec", expected.binding_spec);
  made(kAdmissionPolicyBindings, binding);
  const auto stands = run(check_admission_policy(*api, &expected));
  ASSERT_TRUE(stands) << stands.error().message();
  EXPECT_EQ(*stands, std::nullopt);

  ASSERT_TRUE(send(
      merge_patch(path_of(kAdmissionPolicyBindings, {}, name), parsed(R"({"spec":{"validationActions":["Audit"]}})"))));
  EXPECT_TRUE(run(check_admission_policy(*api, &expected))->value().contains("spec differs at validationActions[0]"));
}

TEST_F(KubeLive, DiscoveryKnowsWhatHasAStatus) {
  const auto found = run(read_status_resources(*api));
  ASSERT_TRUE(found) << found.error().message();
  for (const char* each :
       {"/pods", "/namespaces", "apps/deployments", "batch/jobs", "sallyport.dev/approvalrequests"}) {
    EXPECT_THAT(*found, Contains(each));
  }
  for (const char* each : {"/secrets", "/configmaps", "rbac.authorization.k8s.io/roles"})
    EXPECT_THAT(*found, Not(Contains(each)));
}

TEST_F(KubeLive, SecretsAreComparedAndSet) {
  const auto with = [](std::string_view value) {
    std::map<std::string, Secret> data;
    data.emplace("key", Secret(value));
    return data;
  };
  EXPECT_EQ(run(read_secret(*api, name, "keys")).error().code(), ErrorCode::not_found);
  const auto created = run(create_secret(*api, name, "keys", with("one")));
  ASSERT_TRUE(created) << created.error().message();
  EXPECT_EQ(run(create_secret(*api, name, "keys", with("two"))).error().code(), ErrorCode::already_exists);
  auto mine = run(read_secret(*api, name, "keys")), theirs = run(read_secret(*api, name, "keys"));
  ASSERT_TRUE(mine && theirs);
  const auto replaced = run(replace_secret(*api, name, "keys", std::move(*mine), with("three")));
  ASSERT_TRUE(replaced) << replaced.error().message();
  EXPECT_EQ(run(replace_secret(*api, name, "keys", std::move(*theirs), with("four"))).error().code(),
            ErrorCode::conflict);
  const auto read = run(read_secret(*api, name, "keys"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->data.at("key").reveal(), "three");
}

TEST_F(KubeLive, PoliciesAreReadAndToldWhatBecameOfThem) {
  const auto written =
      made(kApprovalPolicies, object("sallyport.dev/v1alpha1", "ApprovalPolicy", "promote", R"({"spec":{
    "enforcement":"Enforce","actions":[{"preset":"PodPromotion"}],
    "approval":{"requirements":[{"name":"owner","approvers":[{"kind":"Group","name":"oncall"}]}]}}})"),
           name);
  const auto policy = wire::read_policy(written);
  ASSERT_TRUE(policy) << policy.error().message();
  EXPECT_EQ(policy->broken, "");
  EXPECT_EQ(policy->ref.generation, 1);
  EXPECT_EQ(policy->spec.approval.pending_timeout, 1h);
  wire::PolicyCondition condition{.ready = true,
                                  .reason = "InForce",
                                  .message = "it is in force",
                                  .observed_generation = 1,
                                  .last_transition = *parse_instant("2026-11-21T05:41:24Z")};
  const auto told =
      send(merge_patch(path_of(kApprovalPolicies, name, "promote", "status"), wire::write_policy_status(condition)));
  ASSERT_TRUE(told) << told.error().message();
  const auto read = wire::read_policy_status(*told);
  EXPECT_TRUE(read.ready);
  EXPECT_EQ(read.message, condition.message);
  EXPECT_EQ(read.last_transition, condition.last_transition);
}

}  // namespace
}  // namespace sallyport::kube
