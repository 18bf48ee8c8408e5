#include "policy/node_reach.hpp"

#include <map>
#include <regex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/pod_cases.hpp"
#include "unit/policy/fixtures.hpp"

namespace sallyport::policy {
namespace {

using test::parsed;
using testing::IsEmpty;

std::string why(std::string_view spec, std::string_view metadata = "") {
  return outside_baseline(parsed(metadata), parsed(spec)).value_or("");
}

// What the sentence must speak of where only that check of the module fails.
const std::map<std::string, std::string> kWords = {
    {"appArmorProfile", "AppArmor profile"},
    {"capabilities_baseline", "adds capability"},
    {"hostNamespaces", "host(Network|PID|IPC)"},
    {"hostPathVolumes", "mounts hostPath volume"},
    {"hostPorts", "hostPort"},
    {"hostProbesAndHostLifecycle", "makes its node call"},
    {"privileged", "is privileged"},
    {"procMount", "has procMount"},
    {"seLinuxOptions", "has SELinux (type|user|role)"},
    {"seccompProfile_baseline", "seccomp profile"},
    {"sysctls", "sets sysctl"},
    {"windowsHostProcess", "hostProcess"},
};

TEST(NodeReach, SaysWhatTheModuleSays) {
  std::set<std::string> alone;
  int inside = 0;
  for (const auto& pod : pod_cases().pods) {
    const auto why = outside_baseline(pod.metadata, pod.spec);
    EXPECT_EQ(why.has_value(), !pod.outside.empty()) << why.value_or("inside") << ": " << pod.text;
    inside += pod.outside.empty();
    if (pod.outside.size() != 1 || pod.outside.front() == "unreadable" || !why) continue;
    alone.insert(pod.outside.front());
    ASSERT_TRUE(kWords.contains(pod.outside.front())) << pod.outside.front();
    EXPECT_TRUE(std::regex_search(*why, std::regex(kWords.at(pod.outside.front())))) << *why << ": " << pod.text;
  }
  EXPECT_GT(inside, 500);
  const auto& checks = pod_cases().checks;
  EXPECT_THAT(alone, testing::UnorderedElementsAreArray(checks)) << "a check that no pod fails alone";
}

TEST(NodeReach, EndsASentence) {
  EXPECT_EQ(why(R"({"hostNetwork":true})"), "it uses its node's network (hostNetwork)");
  EXPECT_EQ(why(R"({"volumes":[{"name":"logs","hostPath":{"path":"/"}}]})"), "it mounts hostPath volume \"logs\"");
  EXPECT_EQ(why(R"({"containers":[{"name":"app","securityContext":{"privileged":true}}]})"),
            "container \"app\" is privileged");
  EXPECT_EQ(why(R"({"initContainers":[{"name":"a","ports":[{"hostPort":80}]}]})"),
            "init container \"a\" takes port 80 of its node (hostPort)");
  EXPECT_EQ(why(R"({"ephemeralContainers":[{"securityContext":{"capabilities":{"add":["SYS_ADMIN"]}}}]})"),
            "a nameless ephemeral container adds capability \"SYS_ADMIN\"");
  EXPECT_EQ(why(R"({"containers":[{"name":"app","livenessProbe":{"httpGet":{"host":"10.0.0.1"}}}]})"),
            "container \"app\" has a livenessProbe that makes its node call \"10.0.0.1\"");
  EXPECT_EQ(why(R"({"securityContext":{"seLinuxOptions":{"user":"u"}}})"), "it has SELinux user \"u\"");
  EXPECT_EQ(
      why("{}", R"({"annotations":{"container.apparmor.security.beta.kubernetes.io/a":"unconfined"}})"),
      "it has AppArmor profile \"unconfined\" by annotation \"container.apparmor.security.beta.kubernetes.io/a\"");
  EXPECT_EQ(why(R"({"containers":[{"name":"app"},7]})"),
            "it has a member \"containers\" of another type than it should be");
}

TEST(NodeReach, TellsTheFirstThingOfSeveral) {
  EXPECT_EQ(why(R"({"containers":[{"name":"a"},{"name":"b","securityContext":{"privileged":true}}],"hostPID":true})"),
            "it sees its node's processes (hostPID)");
  EXPECT_EQ(why(R"({"containers":[{"name":"a"},{"name":"b","securityContext":{"privileged":true}}]})"),
            "container \"b\" is privileged");
}

TEST(NodeReach, NothingOrNullIsAnEmptyPod) {
  EXPECT_THAT(why("null", "null"), IsEmpty());
  EXPECT_THAT(why("{}", R"({"annotations":null})"), IsEmpty());
  EXPECT_THAT(why(R"({"containers":null,"securityContext":null,"hostIPC":null})"), IsEmpty());
}

// The StatefulSet controller reads a ControllerRevision by encoding/json.
TEST(NodeReach, AnotherSpellingIsNoWayAround) {
  for (const char* spec :
       {R"({"HostNetwork":true})", R"({"hostnetwork":false})", R"({"hostIpc":true})", R"({"HOSTUSERS":false})",
        R"({"Containers":[]})", R"({"containers":[{"SecurityContext":{}}]})", R"({"ho\u017ftPID":true})",
        R"({"hostNetwor\u212a":true})", R"({"containers":[{"securityContext":{"Privileged":true}}]})",
        R"({"containers":[{"securityContext":{"capabilitie\u017f":{"add":["SYS_ADMIN"]}}}]})",
        R"({"volumes":[{"HostPath":{}}]})", R"({"containers":[{"ports":[{"hostport":1}]}]})",
        R"({"securityContext":{"Sysctls":[]}})", R"({"containers":[{"lifecycle":{"PreStop":{}}}]})"}) {
    EXPECT_THAT(why(spec), testing::HasSubstr("which some take for")) << spec;
  }
  EXPECT_THAT(why("{}", R"({"Annotations":{}})"), testing::HasSubstr("which some take for"));
  // Keys of a map are taken as they are, and so are members that nobody judges.
  EXPECT_THAT(why(R"({"HostName":"a","containers":[{"Image":"b"}],"hostNetworks":1,"hostNetwor":1,"\u00e9":1})",
                  R"({"annotations":{"hostnetwork":"true"},"labels":{"ho\u017ft":"a"}})"),
              IsEmpty());
}

}  // namespace
}  // namespace sallyport::policy
