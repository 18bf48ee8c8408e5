#include "action/server_made.hpp"

#include <gtest/gtest.h>

#include "unit/action/support.hpp"

// What the API server makes anew at each try does not change the digest; what an agent chose in such a place does.
namespace sallyport::action {
namespace {

using testing::create;
using testing::describe;
using testing::digest;
using testing::kJobs;
using testing::kPods;
using testing::parse;
using testing::recorded;

TEST(GeneratedName, IsTheBaseAndFiveOfTheServersCharacters) {
  EXPECT_TRUE(is_generated_name("api-x7k2p", "api-"));
  EXPECT_TRUE(is_generated_name(std::string(58, 'a') + "x7k2p", std::string(62, 'a') + "-"));  // the server cuts it
}

TEST(GeneratedName, IsNoOther) {
  EXPECT_FALSE(is_generated_name("api-bcdfgh", "api-"));  // six
  EXPECT_FALSE(is_generated_name("api-x7k2", "api-"));    // four
  EXPECT_FALSE(is_generated_name("api-admin", "api-"));   // vowels
  EXPECT_FALSE(is_generated_name("api-x7k3p", "api-"));   // 3
  EXPECT_FALSE(is_generated_name("api-X7k2p", "api-"));
  EXPECT_FALSE(is_generated_name("web-x7k2p", "api-"));
  EXPECT_FALSE(is_generated_name("x7k2p", ""));
  EXPECT_FALSE(is_generated_name("", ""));
}

struct Pair {
  std::string_view first;
  std::string_view second;
};
class SameCommandTwice : public ::testing::TestWithParam<Pair> {};

TEST_P(SameCommandTwice, IsOneAction) {
  const auto first = describe(recorded(GetParam().first));
  const auto second = describe(recorded(GetParam().second));
  EXPECT_EQ(first.record.digest, second.record.digest);
  EXPECT_EQ(first.record.summary, second.record.summary);
  EXPECT_EQ(testing::everything_shown(first), testing::everything_shown(second));
}

INSTANTIATE_TEST_SUITE_P(Recorded, SameCommandTwice,
                         ::testing::Values(Pair{"pod_generate_name_1", "pod_generate_name_2"},
                                           Pair{"job_generate_name_1", "job_generate_name_2"},
                                           Pair{"service_allocated_1", "service_allocated_2"},
                                           Pair{"persistent_volume_1", "persistent_volume_2"},
                                           Pair{"namespace_generate_name_1", "namespace_generate_name_2"},
                                           Pair{"pod_delete_first_call", "pod_delete_second_call"},
                                           Pair{"pod_delete_second_call", "pod_delete_third_call"},
                                           Pair{"exec_websocket", "exec_spdy"}, Pair{"attach_websocket", "attach_spdy"},
                                           Pair{"port_forward_websocket", "port_forward_spdy"}));

TEST(ServerMade, RecordedPairsDifferAsTheyCame) {
  for (const auto* name : {"pod_generate_name", "job_generate_name", "service_allocated", "persistent_volume"})
    EXPECT_FALSE(recorded(std::string(name) + "_1").object == recorded(std::string(name) + "_2").object) << name;
}

TEST(ServerMade, GeneratedNameIsMarkedForPeople) {
  const auto described = describe(recorded("pod_generate_name_1"));
  EXPECT_EQ(described.record.kubernetes()->target.name, "api-*****");
  EXPECT_EQ(described.record.summary, "CREATE pods/api-*****");
}

TEST(ServerMade, LongGeneratedNameIsCutLikeTheServers) {
  auto request = recorded("config_map_long_generate_name");
  ASSERT_EQ(request.name.size(), 63u);
  const auto first = digest(request);
  request.name = request.name.substr(0, 58) + "bcdfg";
  request.object.find_mutable("metadata")->set("name", request.name);
  EXPECT_EQ(digest(request), first);
}

TEST(ServerMade, ChosenNameBesideGenerateNameCounts) {
  auto request = recorded("pod_chosen_name");
  const auto first = digest(request);
  request.name = "api-master";
  request.object.find_mutable("metadata")->set("name", request.name);
  EXPECT_NE(digest(request), first);
}

TEST(ServerMade, NameInTheRequestIsNotReplacedWhereItIsAnothers) {
  // pods/eviction names the pod; an Eviction's own generateName must not hide which.
  const auto evict = [](std::string_view pod) {
    auto request = create({"", "v1", "pods", "eviction"},
                          R"({"apiVersion":"policy/v1","kind":"Eviction","metadata":{"generateName":"api-"}})");
    request.name = pod;
    request.object.find_mutable("metadata")->set("name", pod);
    EXPECT_EQ(describe(request).record.kubernetes()->target.name, pod);
    return digest(request);
  };
  EXPECT_NE(evict("api-bcdfg"), evict("api-zzzzz"));
}

TEST(ServerMade, NameOfOlderServersIsTheObjects) {
  auto request = recorded("pod_generate_name_1");
  const auto named = digest(request);
  request.name.clear();
  EXPECT_EQ(digest(request), named);
}

TEST(TokenVolume, OtherContentKeepsItsName) {
  const auto hostile = [](std::string_view name) {
    auto request = recorded("pod_host_path_named_as_token");
    auto& spec = *request.object.find_mutable("spec");
    spec.find_mutable("volumes")->mutable_items()[0].set("name", name);
    spec.find_mutable("containers")
        ->mutable_items()[0]
        .find_mutable("volumeMounts")
        ->mutable_items()[0]
        .set("name", name);
    return digest(request);
  };
  EXPECT_NE(hostile("kube-api-access-bcdfg"), hostile("kube-api-access-zzzzz"));
}

// A pod as admission leaves it, with `volume` in place of the token volume's content where given.
json::Value pod_with(std::string_view suffix, std::string_view projected_edit = "",
                     std::string_view more_volumes = "") {
  const auto name = "kube-api-access-" + std::string(suffix);
  std::string projected =
      R"({"sources":[{"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}},)"
      R"({"configMap":{"name":"kube-root-ca.crt","items":[{"key":"ca.crt","path":"ca.crt"}]}},)"
      R"({"downwardAPI":{"items":[{"path":"namespace","fieldRef":{"apiVersion":"v1","fieldPath":"metadata.namespace"}}]}}],)"
      R"("defaultMode":420})";
  if (!projected_edit.empty()) projected = projected_edit;
  return parse(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"volumes":[{"name":")" + name +
               R"(","projected":)" + projected + "}" + std::string(more_volumes) +
               R"(],"containers":[{"name":"c","image":"i","volumeMounts":[{"name":")" + name +
               R"(","readOnly":true,"mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}]}]}})");
}

std::string pod_digest(json::Value pod) {
  auto request = create(kPods, "{}");
  request.object = std::move(pod);
  request.name = "p";
  return digest(request);
}

TEST(TokenVolume, SuffixDoesNotCount) {
  EXPECT_EQ(pod_digest(pod_with("bcdfg")), pod_digest(pod_with("zzzzz")));
}

TEST(TokenVolume, SuffixOfOtherCharactersCounts) {
  EXPECT_NE(pod_digest(pod_with("bcdfg")), pod_digest(pod_with("aaaaa")));
  EXPECT_NE(pod_digest(pod_with("bcdfg")), pod_digest(pod_with("bcdf")));
}

TEST(TokenVolume, AnyOtherSourceCounts) {
  const std::string longer =
      R"({"sources":[{"serviceAccountToken":{"expirationSeconds":86400,"path":"token"}}],"defaultMode":420})";
  EXPECT_NE(pod_digest(pod_with("bcdfg", longer)), pod_digest(pod_with("zzzzz", longer)));
  const std::string secret = R"({"sources":[{"secret":{"name":"db"}}],"defaultMode":420})";
  EXPECT_NE(pod_digest(pod_with("bcdfg", secret)), pod_digest(pod_with("zzzzz", secret)));
}

TEST(TokenVolume, SecondVolumeOfThatNameKeepsBoth) {
  const auto second = [](std::string_view suffix) {
    return R"(,{"name":"kube-api-access-)" + std::string(suffix) + R"(","hostPath":{"path":"/"}})";
  };
  EXPECT_NE(pod_digest(pod_with("bcdfg", "", second("ggggg"))), pod_digest(pod_with("zzzzz", "", second("ggggg"))));
}

TEST(TokenVolume, SecondOneOfTheSameContentKeepsBoth) {
  const auto both = [](std::string_view suffix) {
    return pod_digest(pod_with("ggggg", "", "," + json::write(pod_with(suffix)["spec"]["volumes"].items()[0])));
  };
  EXPECT_NE(both("bcdfg"), both("zzzzz"));
}

TEST(TokenVolume, WhatElseMountsItCounts) {
  auto pod = pod_with("bcdfg");
  auto& container = pod.find_mutable("spec")->find_mutable("containers")->mutable_items()[0];
  container.find_mutable("volumeMounts")->mutable_items()[0].set("mountPath", "/elsewhere");
  EXPECT_NE(pod_digest(pod), pod_digest(pod_with("bcdfg")));
}

TEST(TokenVolume, OfAPodTemplateIsTheAgentsOwn) {
  const auto deployment = [](std::string_view suffix) {
    auto request = create(testing::kDeployments, R"({"metadata":{"name":"d"},"spec":{"template":{}}})");
    const auto pod = pod_with(suffix);
    request.object.find_mutable("spec")->find_mutable("template")->set("spec", pod["spec"]);
    return digest(request);
  };
  EXPECT_NE(deployment("bcdfg"), deployment("zzzzz"));
}

json::Value job(std::string_view uid, std::string_view label, bool manual) {
  return parse(R"({"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j","uid":")" + std::string(uid) +
               R"("},"spec":{)" + (manual ? R"("manualSelector":true,)" : "") +
               R"("selector":{"matchLabels":{"batch.kubernetes.io/controller-uid":")" + std::string(label) +
               R"("}},"template":{"metadata":{"labels":{"controller-uid":")" + std::string(label) +
               R"(","batch.kubernetes.io/controller-uid":")" + std::string(label) + R"(","job-name":"j"}}}}})");
}

std::string job_digest(json::Value object) {
  auto request = create(kJobs, "{}");
  request.object = std::move(object);
  request.name = "j";
  return digest(request);
}

TEST(JobUid, DoesNotCount) {
  EXPECT_EQ(job_digest(job("u1", "u1", false)), job_digest(job("u2", "u2", false)));
}

TEST(JobUid, AnotherValueCounts) {
  EXPECT_NE(job_digest(job("u1", "u1", false)), job_digest(job("u1", "other", false)));
  EXPECT_NE(job_digest(job("u1", "x", false)), job_digest(job("u1", "y", false)));
}

TEST(JobUid, CountsUnderManualSelector) {
  EXPECT_NE(job_digest(job("u1", "u1", true)), job_digest(job("u2", "u2", true)));
  auto request = recorded("job_manual_selector");
  const auto first = digest(request);
  auto& spec = *request.object.find_mutable("spec");
  spec.find_mutable("template")->find_mutable("metadata")->find_mutable("labels")->set("controller-uid", "theirs");
  EXPECT_NE(digest(request), first);
}

TEST(JobUid, ChosenNameInItsLabelsCounts) {
  auto request = recorded("job_generate_name_1");
  const auto first = digest(request);
  auto& labels =
      *request.object.find_mutable("spec")->find_mutable("template")->find_mutable("metadata")->find_mutable("labels");
  labels.set("job-name", "another-job");
  EXPECT_NE(digest(request), first);
}

}  // namespace
}  // namespace sallyport::action
