#include "wire/request.hpp"

#include <array>

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace sallyport::wire {
namespace {

using namespace std::chrono_literals;

const std::string kDigest = "sha256:" + std::string(64, 'a');
const Instant kThen = *parse_instant("2026-11-21T05:41:24.123456Z");

model::Review approval() {
  return {.reviewer = "alice@example.com",
          .uid = "a1",
          .verdict = model::Verdict::approve,
          .comment = "LGTM \"ok\"",
          .via = "kubectl",
          .time = kThen,
          .satisfies = {"promote/owner"},
          .accept_truncated = true,
          .seal = "s1"};
}

model::RequestSpec full_spec() {
  model::RequestSpec spec;
  spec.requester = {.user = {.username = "system:serviceaccount:agents:deployer",
                             .uid = "d1",
                             .groups = {"g1", "g2"},
                             .pod = "deployer-0",
                             .node = "node-1",
                             .credential_id = "JTI=1"},
                    .agent = "deployer"};
  spec.reason = "roll out the fix";
  spec.action = {.summary = "update deployments.apps web",
                 .digest = kDigest,
                 .changes = {{.path = "spec.replicas", .from = "1", .to = "3"},
                             {.path = "data.password", .redacted = true},
                             {.path = "metadata.annotations.x", .from = "", .to = std::nullopt, .ignored = true}},
                 .truncated = true,
                 .of_type = model::Kubernetes{.operation = model::Operation::update,
                                              .target = {.resource = {"apps", "v1", "deployments", "scale"},
                                                         .namespace_name = "payments",
                                                         .name = "web",
                                                         .uid = "w1"},
                                              .options = R"({"a":1})",
                                              .effects = {"RunsCode", "Deletes"},
                                              .guarded = {"node-reach"}}};
  spec.action.kubernetes()->connect = model::Connect{.container = "c",
                                                     .command = {"sh", "-c", ""},
                                                     .stdin_attached = true,
                                                     .tty = true,
                                                     .pod = {"pod-uid", {"sha256:1", "sha256:2"}}};
  spec.policies = {{.ref = {"ApprovalPolicy", "payments", "promote", "p1", 3},
                    .approval = {.requirements = {{.name = "owner",
                                                   .count = 2,
                                                   .approvers = {{model::Approver::Kind::group, "oncall"},
                                                                 {model::Approver::Kind::user, "alice"}}}},
                                 .pending_timeout = 90min,
                                 .valid_for = 15min,
                                 .uses = 2},
                    .ignored_fields = {"metadata.annotations.x"},
                    .message = "see the runbook"},
                   {.ref = {"ClusterApprovalPolicy", "", "all", "p2", 1}}};
  spec.expires_at = kThen + 1h;
  spec.seal = "spec-seal";
  spec.slot = model::DecisionSlot{model::Verdict::deny, "no", kDigest, true};
  spec.reviews = {approval()};
  return spec;
}

model::RequestStatus full_status() {
  const model::LogPosition log{"sallyport-0", 42, std::string(64, 'b')};
  model::RequestStatus status;
  status.state = model::State::revoked;
  status.conditions = {{"Decided", "True", "Approved", "approved by alice", kThen}};
  status.requirements = {{"promote", "owner", 2, 1}};
  status.decision = model::Decision{model::State::approved, "met", kThen, kThen + 15min, {"alice"}, log, "d-seal"};
  status.uses = {{kThen + 1min, "uid-1", 7, log, "u-seal"}, {kThen + 2min, "uid-2", 0, log, "v-seal"}};
  status.revocation = model::Revocation{"bob", "mistake", kThen + 3min, log, "r-seal"};
  status.cooldown_until = kThen + 10min;
  status.fence = "intent-7";
  return status;
}

// The tree of everything is the easiest thing to compare.
json::Value as_json(const model::ApprovalRequest& request) {
  return write_status(request, request.status);
}

TEST(Request, ReadsBackAsWritten) {
  model::ApprovalRequest request{.key = {"payments", "promote-abc"},
                                 .uid = "r1",
                                 .resource_version = "17",
                                 .spec = full_spec(),
                                 .status = full_status()};
  const json::Value written = as_json(request);
  const auto read = read_request(written);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(json::write_pretty(as_json(*read)), json::write_pretty(written));
  // And a few fields by themselves, lest something be missing on both ways.
  EXPECT_EQ(read->key, request.key);
  EXPECT_EQ(read->uid, "r1");
  EXPECT_EQ(read->resource_version, "17");
  EXPECT_EQ(read->spec.requester.user.credential_id, "JTI=1");
  EXPECT_EQ(read->spec.requester.user.groups.size(), 2u);
  EXPECT_EQ(read->spec.action.kubernetes()->operation, model::Operation::update);
  EXPECT_EQ(read->spec.action.kubernetes()->target.resource, request.spec.action.kubernetes()->target.resource);
  EXPECT_EQ(read->spec.action.kubernetes()->target.uid, "w1");
  EXPECT_EQ(read->spec.action.kubernetes()->connect->command.size(), 3u);
  EXPECT_EQ(read->spec.action.kubernetes()->connect->pod.image_ids.size(), 2u);
  EXPECT_TRUE(read->spec.action.kubernetes()->connect->stdin_attached);
  EXPECT_TRUE(read->spec.action.kubernetes()->connect->tty);
  EXPECT_EQ(read->spec.action.kubernetes()->options, R"({"a":1})");
  EXPECT_EQ(read->spec.action.kubernetes()->effects, (std::vector<std::string>{"RunsCode", "Deletes"}));
  EXPECT_EQ(read->spec.action.kubernetes()->guarded, std::vector<std::string>{"node-reach"});
  EXPECT_TRUE(read->spec.action.truncated);
  EXPECT_TRUE(read->spec.action.changes[1].redacted);
  EXPECT_EQ(read->spec.action.changes[1].from, std::nullopt);
  EXPECT_TRUE(read->spec.action.changes[2].ignored);
  EXPECT_EQ(read->spec.action.changes[2].from, "");
  EXPECT_EQ(read->spec.action.changes[2].to, std::nullopt);
  EXPECT_EQ(read->spec.policies[0].ref, request.spec.policies[0].ref);
  EXPECT_EQ(read->spec.policies[1].ref, request.spec.policies[1].ref);
  EXPECT_EQ(read->spec.policies[0].approval.requirements[0].count, 2u);
  EXPECT_EQ(read->spec.policies[0].approval.pending_timeout, 90min);
  EXPECT_EQ(read->spec.policies[0].approval.uses, 2u);
  EXPECT_EQ(read->spec.policies[0].ignored_fields.size(), 1u);
  EXPECT_EQ(read->spec.expires_at, request.spec.expires_at);
  EXPECT_EQ(read->spec.seal, "spec-seal");
  EXPECT_EQ(read->spec.slot->verdict, model::Verdict::deny);
  EXPECT_TRUE(read->spec.slot->accept_truncated);
  EXPECT_EQ(read->spec.reviews[0].time, kThen);
  EXPECT_EQ(read->spec.reviews[0].seal, "s1");
  EXPECT_TRUE(read->spec.reviews[0].accept_truncated);
  EXPECT_EQ(read->status.state, model::State::revoked);
  EXPECT_EQ(read->status.decision->valid_until, kThen + 15min);
  EXPECT_EQ(read->status.cooldown_until, kThen + 10min);
  EXPECT_EQ(read->status.decision->log, request.status.decision->log);
  EXPECT_EQ(read->status.uses[0].generation, 7);
  EXPECT_EQ(read->status.uses[1].admission_uid, "uid-2");
  EXPECT_EQ(read->status.revocation->by, "bob");
  EXPECT_EQ(read->status.fence, "intent-7");
}

TEST(Request, IsCreatedWithLabelsForPeopleAndWithoutStatus) {
  model::RequestSpec spec = full_spec();
  spec.requester.agent = "team a/deployer!";
  const json::Value written = write_request({"payments", "promote-abc"}, spec);
  EXPECT_EQ(written["metadata"]["namespace"].text(), "payments");
  EXPECT_EQ(written["metadata"]["labels"]["sallyport.dev/agent"].text(), "team-a-deployer");
  EXPECT_EQ(written["metadata"]["labels"]["sallyport.dev/digest"].text(), std::string(63, 'a'));
  EXPECT_EQ(written.find("status"), nullptr);
  EXPECT_EQ(written["metadata"].find("uid"), nullptr);
  EXPECT_EQ(written["metadata"]["labels"].find("sallyport.dev/plan"), nullptr);
}

TEST(Request, ItsPlanIsALabel) {
  model::RequestSpec spec = full_spec();
  spec.plan = "roll-out-abc123";
  const json::Value written = write_request({"payments", "promote-abc"}, spec);
  EXPECT_EQ(written["metadata"]["labels"]["sallyport.dev/plan"].text(), "roll-out-abc123");
  EXPECT_EQ(written["spec"].find("plan"), nullptr);
  const auto read = read_request(written);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->spec.plan, "roll-out-abc123");
}

TEST(Request, StatusIsWrittenOntoOneVersionOfOneObject) {
  const model::ApprovalRequest base{
      .key = {"payments", "promote-abc"}, .uid = "r1", .resource_version = "17", .spec = full_spec()};
  const json::Value written = write_status(base, full_status());
  EXPECT_EQ(written["metadata"]["uid"].text(), "r1");
  EXPECT_EQ(written["metadata"]["resourceVersion"].text(), "17");
  EXPECT_EQ(written["status"]["state"].text(), "Revoked");
}

TEST(Request, WithoutStatusItIsPending) {
  json::Value object = write_request({"payments", "promote-abc"}, full_spec());
  const auto read = read_request(object);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->status.state, model::State::pending);
  EXPECT_FALSE(read->status.decision);
  EXPECT_FALSE(read->deleting);
  object.find_mutable("metadata")->set("deletionTimestamp", "2026-11-21T05:41:24Z");
  EXPECT_TRUE(read_request(object)->deleting);
}

TEST(Request, RefusesWhatItDoesNotKnow) {
  const model::ApprovalRequest request{.key = {"payments", "promote-abc"},
                                       .uid = "r1",
                                       .resource_version = "17",
                                       .spec = full_spec(),
                                       .status = full_status()};
  const std::string text = json::write(as_json(request));
  ASSERT_TRUE(read_request(parse_json(text)));
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {R"("kind":"ApprovalRequest")", R"("kind":"Pod")"},
           {R"("apiVersion":"sallyport.dev/v1alpha1")", R"("apiVersion":"sallyport.dev/v1")"},
           {R"("state":"Revoked")", R"("state":"Blessed")"},
           {R"("state":"Revoked")", R"("state":1)"},
           {R"("verdict":"Deny")", R"("verdict":"Maybe")"},
           {R"("verdict":"Approve")", R"("verdict":"approve")"},
           {R"("verdict":"Approve",)", ""},
           {R"("verdict":"Approved")", R"("verdict":"Yes")"},
           {R"("type":"Kubernetes",)", ""},
           {R"("operation":"UPDATE",)", ""},
           {R"("operation":"UPDATE")", R"("operation":7)"},
           {R"("uses":2)", R"("uses":0)"},
           {R"("uses":2)", R"("uses":"2")"},
           {R"("count":2)", R"("count":-2)"},
           {R"("pendingTimeout":"1h30m")", R"("pendingTimeout":"1y")"},
           {R"("generation":3)", R"("generation":1e99)"},
           {R"("seq":42)", R"("seq":-1)"},
           {R"("seq":42)", R"("seq":99999999999999999999.0)"},
           {R"("validUntil":"2026)", R"("validUntil":"soon 2026)"},
           {R"("expiresAt":")", R"("expires":")"},
           {R"("digest":"sha256)", R"("digests":"sha256)"},
           {R"("seal":"spec-seal")", R"("seal":{"x":1})"},
           {R"("acceptTruncated":true)", R"("acceptTruncated":"true")"},
           {R"("reviewers":["alice"])", R"("reviewers":"alice")"},
           {R"("name":"promote-abc")", R"("name":null)"}}) {
    const auto read = read_request(parse_json(replaced(text, from, to)));
    EXPECT_FALSE(read) << to;
    if (!read) EXPECT_EQ(read.error().code(), ErrorCode::bad_input);
  }
}

TEST(Request, OfAnotherVersionsActionIsReadAsUnknownAndWrittenBackAsItWas) {
  model::ApprovalRequest request{.key = {"payments", "promote-abc"}, .uid = "r1", .spec = full_spec()};
  const std::string text = json::write(as_json(request));
  for (const auto& [from, to, type, what] : std::vector<std::array<std::string, 4>>{
           {R"("type":"Kubernetes")", R"("type":"Grant","grant":{"role":"view"})", "Grant", "type Grant"},
           {R"("operation":"UPDATE")", R"("operation":"GET")", "Kubernetes", "operation GET"}}) {
    const auto object = parse_json(replaced(text, from, to));
    const auto read = read_request(object);
    ASSERT_TRUE(read) << read.error().message();
    ASSERT_TRUE(read->spec.action.unknown());
    EXPECT_EQ(read->spec.action.kubernetes(), nullptr);
    EXPECT_EQ(read->spec.action.unknown()->type, type);
    EXPECT_EQ(read->spec.action.unknown()->what, what);
    EXPECT_EQ(read->spec.action.summary, "update deployments.apps web");
    EXPECT_EQ(json::write(as_json(*read)), json::write(object));
  }
}

TEST(Request, HostileShapesAreRefusedAndNeverCrash) {
  for (const char* text :
       {"null", "[]", "7", "{}", R"({"kind":"ApprovalRequest","apiVersion":"sallyport.dev/v1alpha1"})",
        R"({"kind":"ApprovalRequest","apiVersion":"sallyport.dev/v1alpha1","metadata":[],"spec":[],"status":[]})",
        R"({"kind":[],"metadata":{"name":"a","namespace":"b"},"spec":{"reviews":{},"policies":[[]]}})"}) {
    EXPECT_FALSE(read_request(parse_json(text))) << text;
  }
}

TEST(Slot, IsReadStrictly) {
  const auto slot = read_slot(parse_json(R"({"verdict":"Approve","comment":"LGTM","digest":"sha256:1"})"));
  ASSERT_TRUE(slot) << slot.error().message();
  EXPECT_EQ(slot->verdict, model::Verdict::approve);
  EXPECT_EQ(slot->comment, "LGTM");
  EXPECT_FALSE(slot->accept_truncated);
  for (const char* text : {"null", "[]", "{}", R"("Approve")", R"({"verdict":""})", R"({"verdict":"APPROVE"})",
                           R"({"verdict":["Approve"]})", R"({"verdict":"Approve","comment":1})",
                           R"({"verdict":"Approve","onlyIf":"x"})"}) {
    EXPECT_FALSE(read_slot(parse_json(text))) << text;
  }
}

TEST(Review, EntryLeavesOutWhatIsEmpty) {
  model::Review review = approval();
  review.comment.clear();
  review.accept_truncated = false;
  EXPECT_EQ(json::write(write_review(review)),
            R"({"reviewer":"alice@example.com","uid":"a1","verdict":"Approve","via":"kubectl",)"
            R"("time":"2026-11-21T05:41:24.123456Z","satisfies":["promote/owner"],"seal":"s1"})");
}

}  // namespace
}  // namespace sallyport::wire
