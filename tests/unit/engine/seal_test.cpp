// Whatever is changed in a request, or brought from another one, is found: nothing of it counts.
#include "engine/seal.hpp"

#include <functional>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::engine {
namespace {

using model::ApprovalRequest;
using testing::Contains;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const Instant kNow{std::chrono::hours(1'000'000)};

Sealer sealer(const std::string& key = "the key of this cluster, 32 byte", const std::string& cluster = "cluster-1") {
  return {Secret(key), cluster};
}

model::PolicyCopy some_policy() {
  model::PolicyCopy policy;
  policy.ref = {"ApprovalPolicy", "shop", "promote", "policy-uid", 3};
  policy.approval.requirements = {{"owner", 2, {{model::Approver::Kind::group, "oncall"}}}};
  policy.approval.uses = 1;
  policy.ignored_fields = {"metadata.annotations['a']"};
  return policy;
}

// One that was approved by two, used and revoked, all of it sealed.
ApprovalRequest sealed_request(const Sealer& by, const std::string& uid = "request-uid") {
  ApprovalRequest request;
  request.key = {"shop", "promote-abc"};
  request.uid = uid;
  auto& spec = request.spec;
  spec.requester = {{"agent", "agent-uid", {"agents"}, "pod-1", "node-1", "JTI=1"}, "deployer"};
  spec.reason = "because";
  spec.action.summary = "UPDATE deployments/api";
  spec.action.digest = "sha256:1";
  spec.action.kubernetes()->target = {{"apps", "v1", "deployments", ""}, "shop", "api", "target-uid"};
  spec.action.kubernetes()->connect = model::Connect{"main", {"id"}, true, false, {}};
  spec.action.kubernetes()->options = "{}";
  spec.action.changes = {{"spec.image", "1", "2", false, false}};
  spec.policies = {some_policy()};
  spec.expires_at = kNow;
  spec.seal = by.seal_spec(request.key, spec);
  for (const char* who : {"alice", "bob"}) {
    model::Review review{who,  std::string(who) + "-uid", model::Verdict::approve, "ok", "kubectl",
                         kNow, {"promote/owner"}};
    review.seal = by.seal_review(request, review, seal_before_next_review(spec));
    spec.reviews.push_back(review);
  }
  auto& status = request.status;
  status.decision = model::Decision{model::State::approved, "met", kNow, kNow, {"alice", "bob"}, {"stream", 7, "head"}};
  status.decision->seal = by.seal_decision(request, *status.decision);
  status.uses = {{kNow, "admission-uid", 4, {"stream", 8, "head"}}};
  status.uses[0].seal = by.seal_use(request, status.uses[0], status.decision->seal);
  status.revocation = model::Revocation{"alice", "Revoked", kNow, {"stream", 9, "head"}};
  status.revocation->seal = by.seal_revocation(request, *status.revocation);
  return request;
}

TEST(Seal, WhatWeMadeCounts) {
  const auto sealed = check_seals(sealer(), sealed_request(sealer()));
  EXPECT_TRUE(sealed.spec && sealed.decision && sealed.uses && sealed.revoked);
  EXPECT_EQ(sealed.reviews.size(), 2u);
  EXPECT_THAT(sealed.forged, IsEmpty());
}

// As the builds before seals said their form made them: what they wrote is read, and they read what is written.
TEST(Seal, OfForm1IsTheHexThatItAlwaysWas) {
  const auto request = sealed_request(sealer());
  EXPECT_EQ(request.spec.seal, "c205ea8de3c48c78680ca4f6043f82e0cec764c23103ab23ab08dbd65e155f03");
  EXPECT_EQ(request.spec.reviews[1].seal, "a08e17617bd8ca3727e25ec3ed056fb0c80de8ec5459dcc9c09eb2d9d30b0981");
  EXPECT_EQ(request.status.decision->seal, "b975e65ca79924f5ae35b2901fb3744e574a9425911ceb88fe07d47ab24b502e");
  EXPECT_EQ(request.status.uses[0].seal, "5ff5e1e39e810f81af5560cd181829412a4003feb31506408bf62e0532acd30d");
  EXPECT_EQ(request.status.revocation->seal, "e13130d2571b7b14cd67a0ac362eb24810cddd6b0ccc0b43038cd4ec96bff3a4");
}

// Of this build, which writes either form, or of the next one, which has a form 3.
Sealer sealer_of(std::uint32_t form) {
  const model::FormRange forms = form < 3 ? model::kSealForms : model::FormRange{2, 3};
  Sealer sealer(Secret("the key of this cluster, 32 byte"), "cluster-1", forms);
  sealer.write_form(form);
  return sealer;
}

TEST(Seal, ABuildReadsItsOwnFormAndTheOneBefore) {
  for (const std::uint32_t form : {1u, 2u}) {
    const auto request = sealed_request(sealer_of(form));
    EXPECT_EQ(form_of(request.spec.seal), form);
    const auto sealed = check_seals(sealer_of(2), request);
    EXPECT_TRUE(sealed.spec && sealed.decision && sealed.uses && sealed.revoked) << form;
    EXPECT_EQ(sealed.reviews.size(), 2u);
    EXPECT_THAT(sealed.forged, IsEmpty());
  }
}

TEST(Seal, ALaterFormIsUnknownAndNotForged) {
  const auto sealed = check_seals(sealer(), sealed_request(sealer_of(3)));
  EXPECT_FALSE(sealed.spec || sealed.decision || sealed.uses || sealed.revoked);
  EXPECT_THAT(sealed.reviews, IsEmpty());
  EXPECT_THAT(sealed.forged, IsEmpty());
  EXPECT_THAT(sealed.unknown, testing::ElementsAre("spec (form 3)", "reviews[0] (form 3)", "reviews[1] (form 3)",
                                                   "status.decision (form 3)", "status.revocation (form 3)",
                                                   "status.uses[0] (form 3)"));
}

TEST(Seal, OneEntryOfALaterFormMakesTheRequestUnknown) {
  auto request = sealed_request(sealer());
  request.status.decision->seal = sealer_of(3).seal_decision(request, *request.status.decision);
  const auto sealed = check_seals(sealer(), request);
  EXPECT_FALSE(sealed.spec || sealed.decision || sealed.uses || sealed.revoked);
  EXPECT_THAT(sealed.forged, IsEmpty());
  EXPECT_THAT(sealed.unknown, testing::ElementsAre("status.decision (form 3)"));
}

TEST(Seal, AnActionOfAnUnknownTypeIsUnknown) {
  auto request = sealed_request(sealer());
  request.spec.action.of_type = model::UnknownAction{"Grant", "type Grant", {}};
  const auto sealed = check_seals(sealer(), request);
  EXPECT_FALSE(sealed.spec || sealed.decision);
  EXPECT_THAT(sealed.forged, IsEmpty());
  EXPECT_THAT(sealed.unknown, testing::ElementsAre("spec (type Grant)"));
}

// Whoever has no key gains nothing by the claim that a seal is of another form.
TEST(Seal, WhatSaysNoFormIsForged) {
  for (const char* seal : {"", "x", ":", "0:ab", "1:ab", "-2:ab", "x2:ab", "99999999999:ab"}) {
    auto request = sealed_request(sealer());
    request.status.decision->seal = seal;
    const auto sealed = check_seals(sealer(), request);
    EXPECT_FALSE(sealed.decision);
    EXPECT_THAT(sealed.unknown, IsEmpty()) << seal;
    EXPECT_THAT(sealed.forged, Contains("status.decision")) << seal;
  }
}

TEST(Seal, OfForm2NamesTheType) {
  EXPECT_NE(sealed_request(sealer_of(2)).spec.seal.substr(2), sealed_request(sealer_of(1)).spec.seal);
}

// What other builds make in form 2, this one must read for as long as it knows that form.
TEST(Seal, OfForm2IsTheTextThatItIs) {
  auto request = sealed_request(sealer_of(2));
  EXPECT_EQ(request.spec.seal, "2:7fc2adbbfc2efe936cab37db972537208b5ee681e658baa2cdce26d6e4ae7412");
  request.spec.action.kubernetes()->effects = {"RunsCode", "Identity"};
  request.spec.action.kubernetes()->guarded = {"node-reach"};
  EXPECT_EQ(sealer_of(2).seal_spec(request.key, request.spec),
            "2:RunsCode,Identity/node-reach:334897a0795cb9206f10718be6d22b62b7f3792953b02bd0f58d1b2ce3e469f6");
}

void expect_nothing_counts(const Sealed& sealed) {
  EXPECT_FALSE(sealed.spec || sealed.decision || sealed.uses || sealed.revoked);
  EXPECT_THAT(sealed.reviews, IsEmpty());
}

TEST(Seal, NothingOfAnotherClusterCountsEvenUnderTheSameKey) {
  expect_nothing_counts(check_seals(sealer(), sealed_request(sealer("the key of this cluster, 32 byte", "cluster-2"))));
}

TEST(Seal, NothingUnderAnotherKeyCounts) {
  expect_nothing_counts(check_seals(sealer(), sealed_request(sealer("the key of another one, 32 bytes"))));
}

TEST(Seal, NothingOfAnotherRequestForTheSameActionCounts) {
  auto request = sealed_request(sealer());
  const auto other = sealed_request(sealer(), "another-uid");
  ASSERT_EQ(request.spec.seal, other.spec.seal);  // the uid is given later: all else tells them apart
  request.spec.reviews = other.spec.reviews;
  request.status = other.status;
  const auto sealed = check_seals(sealer(), request);
  EXPECT_THAT(sealed.reviews, IsEmpty());
  EXPECT_FALSE(sealed.decision || sealed.uses || sealed.revoked);
}

TEST(Seal, UnderAnotherNameOrInAnotherNamespaceItIsNotOurs) {
  for (const model::RequestKey& key :
       {model::RequestKey{"shop", "promote-xyz"}, model::RequestKey{"bank", "promote-abc"}}) {
    auto request = sealed_request(sealer());
    request.key = key;
    EXPECT_FALSE(check_seals(sealer(), request).spec) << to_string(key);
  }
}

using Change = std::function<void(ApprovalRequest&)>;

TEST(Seal, EveryFieldOfTheSpecIsUnderIt) {
  using R = ApprovalRequest;
  const std::map<std::string, Change> changes{
      {"username", [](R& r) { r.spec.requester.user.username = "x"; }},
      {"uid", [](R& r) { r.spec.requester.user.uid = "x"; }},
      {"groups", [](R& r) { r.spec.requester.user.groups.emplace_back("x"); }},
      {"pod", [](R& r) { r.spec.requester.user.pod = "x"; }},
      {"node", [](R& r) { r.spec.requester.user.node = "x"; }},
      {"credential", [](R& r) { r.spec.requester.user.credential_id = "x"; }},
      {"agent", [](R& r) { r.spec.requester.agent = "x"; }},
      {"reason", [](R& r) { r.spec.reason = "x"; }},
      {"summary", [](R& r) { r.spec.action.summary = "x"; }},
      {"digest", [](R& r) { r.spec.action.digest = "x"; }},
      {"operation", [](R& r) { r.spec.action.kubernetes()->operation = model::Operation::del; }},
      {"group", [](R& r) { r.spec.action.kubernetes()->target.resource.group = "x"; }},
      {"version", [](R& r) { r.spec.action.kubernetes()->target.resource.version = "x"; }},
      {"resource", [](R& r) { r.spec.action.kubernetes()->target.resource.resource = "x"; }},
      {"subresource", [](R& r) { r.spec.action.kubernetes()->target.resource.subresource = "x"; }},
      {"namespace", [](R& r) { r.spec.action.kubernetes()->target.namespace_name = "x"; }},
      {"name", [](R& r) { r.spec.action.kubernetes()->target.name = "x"; }},
      {"target's uid", [](R& r) { r.spec.action.kubernetes()->target.uid = "x"; }},
      {"no connect", [](R& r) { r.spec.action.kubernetes()->connect.reset(); }},
      {"container", [](R& r) { r.spec.action.kubernetes()->connect->container = "x"; }},
      {"command", [](R& r) { r.spec.action.kubernetes()->connect->command = {"i", "d"}; }},
      {"stdin", [](R& r) { r.spec.action.kubernetes()->connect->stdin_attached = false; }},
      {"tty", [](R& r) { r.spec.action.kubernetes()->connect->tty = true; }},
      {"pod's uid", [](R& r) { r.spec.action.kubernetes()->connect->pod.uid = "x"; }},
      {"images", [](R& r) { r.spec.action.kubernetes()->connect->pod.image_ids = {"x"}; }},
      {"options", [](R& r) { r.spec.action.kubernetes()->options = "x"; }},
      {"an effect", [](R& r) { r.spec.action.kubernetes()->effects.emplace_back("Traffic"); }},
      {"a rule of the guard", [](R& r) { r.spec.action.kubernetes()->guarded.emplace_back("account"); }},
      {"a change less", [](R& r) { r.spec.action.changes.clear(); }},
      {"path", [](R& r) { r.spec.action.changes[0].path = "x"; }},
      {"from", [](R& r) { r.spec.action.changes[0].from = "x"; }},
      {"to", [](R& r) { r.spec.action.changes[0].to.reset(); }},
      {"ignored", [](R& r) { r.spec.action.changes[0].ignored = true; }},
      {"redacted", [](R& r) { r.spec.action.changes[0].redacted = true; }},
      {"truncated", [](R& r) { r.spec.action.truncated = true; }},
      {"no policy", [](R& r) { r.spec.policies.clear(); }},
      {"policy's kind", [](R& r) { r.spec.policies[0].ref.kind = "x"; }},
      {"policy's namespace", [](R& r) { r.spec.policies[0].ref.namespace_name = "x"; }},
      {"policy's name", [](R& r) { r.spec.policies[0].ref.name = "x"; }},
      {"policy's uid", [](R& r) { r.spec.policies[0].ref.uid = "x"; }},
      {"policy's generation", [](R& r) { ++r.spec.policies[0].ref.generation; }},
      {"a requirement less", [](R& r) { r.spec.policies[0].approval.requirements.clear(); }},
      {"requirement's name", [](R& r) { r.spec.policies[0].approval.requirements[0].name = "x"; }},
      {"count", [](R& r) { r.spec.policies[0].approval.requirements[0].count = 1; }},
      {"approver", [](R& r) { r.spec.policies[0].approval.requirements[0].approvers[0].name = "x"; }},
      {"approver's kind",
       [](R& r) { r.spec.policies[0].approval.requirements[0].approvers[0].kind = model::Approver::Kind::user; }},
      {"pending timeout", [](R& r) { r.spec.policies[0].approval.pending_timeout += Duration(1); }},
      {"window", [](R& r) { r.spec.policies[0].approval.valid_for += Duration(1); }},
      {"uses", [](R& r) { r.spec.policies[0].approval.uses = 9; }},
      {"ignored fields", [](R& r) { r.spec.policies[0].ignored_fields.clear(); }},
      {"message", [](R& r) { r.spec.policies[0].message = "x"; }},
      {"end", [](R& r) { r.spec.expires_at += Duration(1); }},
  };
  for (const auto& [what, change] : changes) {
    for (const std::uint32_t form : {1u, 2u}) {
      auto request = sealed_request(sealer_of(form));
      change(request);
      EXPECT_FALSE(check_seals(sealer(), request).spec) << what << " in form " << form;
    }
  }
}

TEST(Seal, EveryFieldOfAReviewIsUnderItAndItsPlaceToo) {
  using R = ApprovalRequest;
  const std::map<std::string, Change> changes{
      {"reviewer", [](R& r) { r.spec.reviews[0].reviewer = "x"; }},
      {"uid", [](R& r) { r.spec.reviews[0].uid = "x"; }},
      {"verdict", [](R& r) { r.spec.reviews[0].verdict = model::Verdict::deny; }},
      {"comment", [](R& r) { r.spec.reviews[0].comment = "x"; }},
      {"via", [](R& r) { r.spec.reviews[0].via = "x"; }},
      {"time", [](R& r) { r.spec.reviews[0].time += Duration(1); }},
      {"what it satisfies", [](R& r) { r.spec.reviews[0].satisfies.emplace_back("promote/other"); }},
      {"acceptance", [](R& r) { r.spec.reviews[0].accept_truncated = true; }},
      {"the other's seal", [](R& r) { r.spec.reviews[0].seal = r.spec.reviews[1].seal; }},
      {"no seal", [](R& r) { r.spec.reviews[0].seal.clear(); }},
      {"order", [](R& r) { std::swap(r.spec.reviews[0], r.spec.reviews[1]); }},
      {"the first is gone", [](R& r) { r.spec.reviews.erase(r.spec.reviews.begin()); }},
      {"one twice", [](R& r) { r.spec.reviews.push_back(r.spec.reviews[0]); }},
  };
  for (const auto& [what, change] : changes) {
    auto request = sealed_request(sealer());
    change(request);
    EXPECT_THAT(check_seals(sealer(), request).forged, Contains(StartsWith("reviews["))) << what;
  }
}

TEST(Seal, EveryFieldOfWhatCameOfItIsUnderIt) {
  using R = ApprovalRequest;
  const std::map<std::string, Change> changes{
      {"status.decision verdict", [](R& r) { r.status.decision->verdict = model::State::denied; }},
      {"status.decision reason", [](R& r) { r.status.decision->reason = "x"; }},
      {"status.decision time", [](R& r) { r.status.decision->decided_at += Duration(1); }},
      {"status.decision window", [](R& r) { r.status.decision->valid_until += Duration(1); }},
      {"status.decision reviewers", [](R& r) { r.status.decision->reviewers = {"x"}; }},
      {"status.decision stream", [](R& r) { r.status.decision->log.stream = "x"; }},
      {"status.decision seq", [](R& r) { ++r.status.decision->log.seq; }},
      {"status.decision head", [](R& r) { r.status.decision->log.head = "x"; }},
      {"status.uses time", [](R& r) { r.status.uses[0].time += Duration(1); }},
      {"status.uses admission", [](R& r) { r.status.uses[0].admission_uid = "x"; }},
      {"status.uses generation", [](R& r) { ++r.status.uses[0].generation; }},
      {"status.uses log", [](R& r) { ++r.status.uses[0].log.seq; }},
      {"status.uses twice", [](R& r) { r.status.uses.push_back(r.status.uses[0]); }},
      {"status.revocation by", [](R& r) { r.status.revocation->by = "x"; }},
      {"status.revocation reason", [](R& r) { r.status.revocation->reason = "x"; }},
      {"status.revocation time", [](R& r) { r.status.revocation->time += Duration(1); }},
      {"status.revocation log", [](R& r) { r.status.revocation->log.head = "x"; }},
  };
  for (const auto& [what, change] : changes) {
    auto request = sealed_request(sealer());
    change(request);
    const auto forged = check_seals(sealer(), request).forged;
    EXPECT_THAT(forged, Contains(StartsWith(what.substr(0, what.find(' '))))) << what;
    EXPECT_THAT(forged, Not(Contains("spec"))) << what;
  }
}

}  // namespace
}  // namespace sallyport::engine
