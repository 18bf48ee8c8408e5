#include "seams/world.hpp"

namespace sallyport::seams {

namespace asio = boost::asio;
using engine::GatedAction;

namespace {

model::User agent_user() {
  return {"system:serviceaccount:agents:deployer", "agent-uid", {"system:serviceaccounts"}, {}, {}, {}};
}

Secret key() {
  return Secret("a key for tests, 32 bytes long....");
}

}  // namespace

model::Requirement one_of(const std::string& name, const std::string& group, std::uint32_t count) {
  return {name, count, {{model::Approver::Kind::group, group}}};
}

model::PolicyCopy policy(const std::string& name, std::vector<model::Requirement> requirements) {
  model::PolicyCopy copy;
  copy.ref = {"ApprovalPolicy", "prod", name, "uid-of-" + name, 1};
  copy.approval.requirements = std::move(requirements);
  return copy;
}

// Everybody is on call; whose name begins with "s" is in security, too.
model::User person(const std::string& name) {
  model::User user{name, "uid-of-" + name, {"oncall"}, {}, {}, {}};
  if (name.starts_with("s")) user.groups.emplace_back("security");
  return user;
}

World::World(engine::HistoryLimits history) {
  settings.history = history;
  settings.agents = {{"deployer", {}, {}, {"agents/deployer", "agents/deployer-2"}, {}, true},
                     {"other", {}, {}, {"agents/other"}, {}, true}};
  settings.own_namespace = "sallyport-system";
  settings.cluster_id = "cluster-1";
  settings.replica = "replica-0";
  cluster.approvers = {"alice", "bob", "sam", "sue"};
  engine = std::make_unique<engine::Engine>(cluster, journal, clock, settings, key(), asked_now());
  cluster.now = [this] { return clock.now(); };
  cluster.watch = [this](const auto& request) { asio::co_spawn(io, engine->observe(request), asio::detached); };
  cluster.watch_removed = [this](const auto& request) { engine->forget(request.key, request.uid); };
  asio::co_spawn(io, engine->run_chores(), asio::detached);
  asio::co_spawn(io, engine->tidy_history(), asio::detached);
}

World::~World() {
  engine->stop();
  clock.advance(std::chrono::seconds(5));
}

// As a test has it at the moment of each question.
engine::InForce World::asked_now() {
  return {[this](const policy::Basis& basis) { return in_force.stands(basis); },
          [this](const model::PolicyRef& policy) { return in_force.has(policy); }};
}

std::unique_ptr<engine::Engine> World::another_replica() {
  return std::make_unique<engine::Engine>(cluster, other_journal, clock, settings, key(), asked_now());
}

GatedAction World::image_change(const std::string& image) {
  GatedAction action;
  action.admission_uid = "admission-" + image;
  action.requester = {agent_user(), "deployer"};
  action.action.summary = "UPDATE deployments.apps/api: image api:1 -> " + image;
  action.action.digest = "sha256:" + hex(sha256(image));
  action.action.operation = model::Operation::update;
  action.action.target = {{"apps", "v1", "deployments", ""}, "prod", "api", "uid-of-api"};
  action.action.changes = {{"spec.template.spec.containers[0].image", "api:1", image, false, false}};
  action.generation = 7;
  action.beyond_metadata = true;
  action.policies = {policy("promote-image", {one_of("owner", "oncall")})};
  action.pending_timeout = std::chrono::hours(1);
  action.valid_for = std::chrono::minutes(15);
  action.while_pending = model::WhilePending::hold;
  action.hold_for = std::chrono::seconds(28);
  action.deadline = clock.steady() + std::chrono::seconds(30);
  return action;
}

std::shared_ptr<Call> World::admit(GatedAction action) {
  const auto call = std::make_shared<Call>();
  action.caller = call->caller;
  asio::co_spawn(io, engine->admit(std::move(action)), [call](std::exception_ptr error, model::Answer answer) {
    if (error) std::rethrow_exception(error);
    call->answer = std::move(answer);
  });
  clock.settle();
  return call;
}

std::string World::review(const model::RequestKey& key, const std::string& who, model::Verdict verdict,
                          const std::string& digest) {
  engine::ReviewCall call{person(who), cluster.at(key), {verdict, "", digest, false}, "kubectl", false};
  if (who == "deployer") call.reviewer = agent_user();
  std::optional<engine::ReviewAnswer> answer;
  asio::co_spawn(io, engine->review(std::move(call)), [&](std::exception_ptr error, engine::ReviewAnswer given) {
    if (error) std::rethrow_exception(error);
    answer = std::move(given);
  });
  clock.settle();
  if (answer->review) {
    cluster.append_review(key, *answer->review);
    clock.settle();
  }
  return answer->refusal;
}

model::RequestKey World::only_request() {
  return cluster.all().at(0).key;
}

}  // namespace sallyport::seams
