#include "seams/world.hpp"

namespace sallyport::seams {

namespace asio = boost::asio;

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

World::World(engine::HistoryLimits history, model::FormRange seal_forms) {
  settings.history = history;
  settings.seal_forms = seal_forms;
  settings.agents = {{"deployer", {}, {}, {"agents/deployer", "agents/deployer-2"}, {}, true},
                     {"other", {}, {}, {"agents/other"}, {}, true}};
  settings.own_namespace = "sallyport-system";
  settings.cluster_id = "cluster-1";
  settings.replica = "replica-0";
  cluster.approvers = {"alice", "bob", "sam", "sue"};
  engine = std::make_unique<engine::Engine>(cluster, journal, clock, random, settings, key(), asked_now());
  cluster.now = [this] { return clock.now(); };
  cluster.watch = [this](const auto& request) { asio::co_spawn(io, engine->observe(request), asio::detached); };
  cluster.watch_removed = [this](const auto& request) { engine->forget(request.key, request.uid); };
  asio::co_spawn(io, engine->run_chores(), asio::detached);
  asio::co_spawn(io, engine->tidy_history(), asio::detached);
}

World::~World() {
  if (engine) engine->stop();  // a test may have ended it
  clock.advance(std::chrono::seconds(5));
}

// As a test has it at the moment of each question.
engine::InForce World::asked_now() {
  return {[this](const policy::Basis& basis) { return in_force.stands(basis); },
          [this](const model::PolicyRef& policy) { return in_force.has(policy); }};
}

std::unique_ptr<engine::Engine> World::another_replica(engine::Settings its_settings, engine::Cluster& its_cluster,
                                                       engine::Journal& its_journal) {
  return std::make_unique<engine::Engine>(its_cluster, its_journal, clock, random, std::move(its_settings), key(),
                                          asked_now());
}

GatedCall World::image_change(const std::string& image) {
  GatedCall asked;
  auto& [ask, call] = asked;
  ask.requester = {agent_user(), "deployer"};
  ask.action.summary = "UPDATE deployments.apps/api: image api:1 -> " + image;
  ask.action.digest = "sha256:" + hex(sha256(image));
  ask.action.kubernetes()->operation = model::Operation::update;
  ask.action.kubernetes()->target = {{"apps", "v1", "deployments", ""}, "prod", "api", "uid-of-api"};
  ask.action.changes = {{"spec.template.spec.containers[0].image", "api:1", image, false, false}};
  ask.terms.policies = {policy("promote-image", {one_of("owner", "oncall")})};
  ask.terms.pending_timeout = std::chrono::hours(1);
  ask.terms.valid_for = std::chrono::minutes(15);
  ask.terms.while_pending = model::WhilePending::hold;
  ask.terms.wait_for = std::chrono::minutes(5);
  ask.terms.dry_run = model::DryRun::allow;
  call.uid = "admission-" + image;
  call.generation = 7;
  call.beyond_metadata = true;
  call.deadline = clock.steady() + std::chrono::seconds(30);
  return asked;
}

std::shared_ptr<Call> World::admit(GatedCall asked, engine::Engine& replica) {
  const auto call = std::make_shared<Call>();
  asked.call.caller = call->caller;
  asio::co_spawn(io, replica.admit(std::move(asked.ask), std::move(asked.call)),
                 [call](std::exception_ptr error, model::Answer answer) {
                   if (error) std::rethrow_exception(error);
                   call->answer = std::move(answer);
                 });
  clock.settle();
  return call;
}

std::string World::review(const model::RequestKey& key, const std::string& who, model::Verdict verdict,
                          const std::string& digest, engine::Engine& replica) {
  engine::ReviewCall call{person(who), cluster.at(key), {verdict, comment, digest, false}, "kubectl", false};
  if (who == "deployer") call.reviewer = agent_user();
  std::optional<engine::ReviewAnswer> answer;
  asio::co_spawn(io, replica.review(std::move(call)), [&](std::exception_ptr error, engine::ReviewAnswer given) {
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
