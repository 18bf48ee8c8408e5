// What all share: who may not silence, starve or speak for Sallyport.
#include <gtest/gtest.h>

#include "policy/match.hpp"
#include "unit/policy/guard_rows.hpp"

namespace sallyport::policy {
namespace {

using test::check;
using test::create;
using test::guard;
using test::in_every_way;
using test::named;
using test::parsed;
using test::remove;
using test::update;

const std::string kApiServices = "apiservices.apiregistration.k8s.io";
const std::string kCrds = "customresourcedefinitions.apiextensions.k8s.io";

std::string meta(const std::string& name, const std::string& more = "") {
  return R"({"metadata":{"name":")" + name + "\"}" + more + "}";
}

TEST(GuardServing, NobodyMovesABuiltInGroup) {
  for (const auto* name : {"v1.", "v1.apps", "v1.admissionregistration.k8s.io", "v1beta1.admissionregistration.k8s.io",
                           "v1.policy", "v1.rbac.authorization.k8s.io", "v1.flowcontrol.apiserver.k8s.io",
                           "v1alpha1.sallyport.dev", "v1.x.sallyport.dev", "sallyport.dev"}) {
    check(in_every_way(kApiServices, meta(name), "own own-api"));
    check({{named(remove(kApiServices, "{}", ""), name), "own own-api"}});
  }
  for (const auto* name : {"v1beta1.metrics.k8s.io", "v1beta1.custom.metrics.k8s.io", "v1.gateway.networking.k8s.io",
                           "v1.snapshot.storage.k8s.io", "v1.example.com", "v1.notsallyport.dev"}) {
    check(in_every_way(kApiServices, meta(name), "others serving"));
  }
}

TEST(GuardServing, NobodyDefinesABuiltInGroup) {
  check(in_every_way(kCrds, R"({"spec":{"group":"admissionregistration.k8s.io"}})", "own own-api"));
  check(in_every_way(kCrds, meta("xs.apps"), "own own-api"));
  check(in_every_way(kCrds, meta("xs.sallyport.dev"), "own own-api"));
  check(in_every_way(kCrds, meta("gateways.gateway.networking.k8s.io"), "others serving"));
}

TEST(GuardServing, NobodyTakesANameOfOurs) {
  for (const auto* names :
       {R"("shortNames":["x","areq"])", R"("shortNames":["apol"])", R"("shortNames":["approvalrequest"])",
        R"("plural":"approvalrequests")", R"("plural":"areq")", R"("singular":"capol")", R"("kind":"ApprovalPolicy")",
        R"("listKind":"ApprovalRequestList")", R"("categories":["sallyport"])", R"("kind":"Areq")"}) {
    const auto spec = R"({"spec":{"group":"example.com","names":{)" + std::string(names) + "}}}";
    const auto status = R"({"status":{"acceptedNames":{)" + std::string(names) + "}}}";
    check(in_every_way(kCrds, spec, "own own-api"));
    check(in_every_way(kCrds, status, "own own-api"));
  }
  for (const auto* names : {R"("shortNames":["areqs"])", R"("kind":"Approval")", R"("categories":["all"])"}) {
    check(in_every_way(kCrds, R"({"spec":{"group":"example.com","names":{)" + std::string(names) + "}}}",
                       "others serving"));
  }
}

TEST(GuardShared, NobodySpeaksForSallyport) {
  const std::vector<std::string> ours = {
      R"({"involvedObject":{"kind":"ApprovalRequest","namespace":"prod","name":"x"}})",
      R"({"involvedObject":{"apiVersion":"sallyport.dev/v1alpha1","name":"x"}})",
      R"({"regarding":{"kind":"approvalpolicy"}})",
      R"({"related":{"kind":"ClusterApprovalPolicy"}})",
      R"({"regarding":{"kind":"Pod","namespace":"sallyport-system","name":"sallyport-0"}})",
      R"({"regarding":{"kind":"Namespace","name":"sallyport-system"}})",
      R"({"regarding":{"kind":"ValidatingWebhookConfiguration","name":"sallyport-gate"}})",
      R"({"source":{"component":"sallyport"}})",
      R"({"source":{"component":"Sallyport"}})",
      R"({"deprecatedSource":{"component":"sallyport"}})",
      R"({"reportingController":"sallyport.dev/sallyport"})",
      R"({"reportingComponent":"sallyport.dev/engine"})",
      R"({"reportingInstance":"sallyport-0"})"};
  for (const auto* what : {"events", "events.events.k8s.io"}) {
    for (const auto& event : ours) check(in_every_way(what, event, "own own-voice", "prod"));
    check(in_every_way(what, R"({"reason":"SallyportHasLetItThrough"})", "", "prod"));
  }
  check(in_every_way(
      "events",
      R"({"involvedObject":{"kind":"Pod","namespace":"prod","name":"sallyport"},"source":{"component":"kubelet"}})", "",
      "prod"));
  check(in_every_way(
      "events.events.k8s.io",
      R"({"regarding":{"kind":"Deployment","namespace":"prod","name":"x"},"reportingController":"agent.example.com"})",
      "", "prod"));
}

TEST(GuardShared, NobodyCountsSallyportsKinds) {
  for (const auto* part : {"spec", "status"}) {
    const auto quota = [&](const std::string& resource) {
      return R"({")" + std::string(part) + R"(":{"hard":{"pods":"9",")" + resource + R"(":"0"}}})";
    };
    check(in_every_way("resourcequotas", quota("count/approvalrequests.sallyport.dev"), "own own-limits", "prod"));
    check(in_every_way("resourcequotas", quota("count/anything.sallyport.dev"), "own own-limits", "prod"));
    check(in_every_way("resourcequotas", quota("count/deployments.apps"), "", "prod"));
    check(in_every_way("resourcequotas", quota("count/approvalrequests.example.com"), "", "prod"));
  }
  check(in_every_way("resourcequotas", "{}", "own own-namespace", "sallyport-system"));
  check(in_every_way("limitranges", "{}", "own own-namespace", "sallyport-system"));
  check(in_every_way("limitranges", "{}", "", "prod"));
}

std::string schema(int precedence, const std::string& subject) {
  return R"({"spec":{"matchingPrecedence":)" + std::to_string(precedence) +
         R"(,"priorityLevelConfiguration":{"name":"exempt"},"rules":[{"subjects":[)" + subject + "]}]}}";
}

TEST(GuardShared, NobodyReordersTheCallsOfAgentsOrOurs) {
  const std::string kSchemas = "flowschemas.flowcontrol.apiserver.k8s.io";
  const std::string found = "own own-flow-control";
  const auto user = [](const std::string& name) { return R"({"kind":"User","user":{"name":")" + name + R"("}})"; };
  const auto group = [](const std::string& name) { return R"({"kind":"Group","group":{"name":")" + name + R"("}})"; };
  const auto account = [](const std::string& ns, const std::string& name) {
    return R"({"kind":"ServiceAccount","serviceAccount":{"namespace":")" + ns + R"(","name":")" + name + R"("}})";
  };
  for (const auto& agent :
       {account("agents", "deployer"), account("agents", "*"), account("sandbox", "any"), account("sandbox", "*"),
        user("system:serviceaccount:agents:deployer"), user("system:serviceaccount:sandbox:x"),
        group("system:serviceaccounts:agents"), group("system:serviceaccounts:sandbox")}) {
    check(in_every_way(kSchemas, schema(1, agent), found));
    check(in_every_way(kSchemas, schema(2000, agent), found));
    check(in_every_way(kSchemas, schema(2001, agent), ""));
  }
  for (const auto& ours :
       {account("sallyport-system", "sallyport"), account("sallyport-system", "*"), user("*"), group("*"),
        group("system:authenticated"), group("system:serviceaccounts"),
        group("system:serviceaccounts:sallyport-system"), user("system:serviceaccount:sallyport-system:sallyport")}) {
    check(in_every_way(kSchemas, schema(8999, ours), found));
    check(in_every_way(kSchemas, schema(9001, ours), ""));
  }
  check({{create(kSchemas, R"({"spec":{"rules":[{"subjects":[)" + user("*") + "]}]}}", ""), found}});
  for (const auto& other : {account("agents", "other"), account("prod", "*"), user("alice"), group("developers")}) {
    check(in_every_way(kSchemas, schema(1, other), ""));
  }

  const std::string kLevels = "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io";
  check({{named(update(kLevels, "{}", "{}", ""), "sallyport-agents"), found},
         {named(update(kLevels, "{}", "{}", ""), "workload-low"), found},
         {named(test::remove(kLevels, meta("workload-low"), ""), ""), found},
         {named(update(kLevels, "{}", "{}", ""), "workload-high"), ""}});
}

TEST(GuardShared, NobodyReachesTheStorageOfTheLog) {
  auto volumes = std::make_shared<OwnVolumes>();
  for (const auto* source : {R"("csi":{"driver":"ebs.csi.aws.com","volumeHandle":"vol-0abc"})",
                             R"("nfs":{"server":"filer","path":"/logs/a"})", R"("local":{"path":"/mnt/disks/log"})",
                             R"("iscsi":{"targetPortal":"10.0.0.1","iqn":"iqn.2026-01.x:log"})"}) {
    volumes->add(
        parsed(R"({"metadata":{"name":"pv-)" + std::to_string(volumes.use_count()) + R"("},"spec":{)" + source + "}}"));
  }
  volumes->add(parsed(R"({"metadata":{"name":"pv-ours"},"spec":{}})"));
  const auto by = guard(volumes);
  const std::string found = "own own-volumes";
  const auto volume = [](const std::string& spec) { return R"({"metadata":{"name":"x"},"spec":{)" + spec + "}}"; };
  for (const auto* spec : {
           R"("claimRef":{"namespace":"sallyport-system","name":"log-sallyport-0"})",
           R"("csi":{"driver":"ebs.csi.aws.com","volumeHandle":"vol-0abc"})",
           R"("csi":{"driver":"other.example.com","volumeHandle":"vol-0abc","fsType":"xfs"})",
           R"("awsElasticBlockStore":{"volumeID":"aws://eu-west-1a/vol-0abc"})",
           R"("nfs":{"server":"filer","path":"/logs"})",
           R"("nfs":{"server":"filer","path":"/logs/a/b"})",
           R"("nfs":{"server":"filer","path":"/"})",
           R"("hostPath":{"path":"/mnt/disks"})",
           R"("local":{"path":"/mnt/disks/log/"})",
           R"("iscsi":{"targetPortal":"other","iqn":"iqn.2026-01.x:log"})",
       }) {
    check(in_every_way("persistentvolumes", volume(spec), found), by);
  }
  for (const auto* spec : {
           R"("claimRef":{"namespace":"prod","name":"log-sallyport-0"})",
           R"("csi":{"driver":"ebs.csi.aws.com","volumeHandle":"vol-0abcd"})",
           R"("nfs":{"server":"other","path":"/logs/a"})",
           R"("nfs":{"server":"filer","path":"/logs/ab"})",
       }) {
    check(in_every_way("persistentvolumes", volume(spec), ""), by);
  }
  check({{create("persistentvolumes", volume(R"("hostPath":{"path":"/mnt/disks/logs"})"), ""), "others node-reach"}},
        by);
  check({{named(update("persistentvolumes", "{}", "{}", ""), "pv-ours"), found}}, by);
  const std::string kAttachments = "volumeattachments.storage.k8s.io";
  check(in_every_way(kAttachments, R"({"spec":{"source":{"persistentVolumeName":"pv-ours"}}})", found), by);
  check(in_every_way(kAttachments, R"({"spec":{"source":{"persistentVolumeName":"pv"}}})", ""), by);
  check(in_every_way(kAttachments, R"({"spec":{"source":{"inlineVolumeSpec":{"csi":{"volumeHandle":"vol-0abc"}}}}})",
                     found),
        by);
  check(in_every_way("volumesnapshotcontents.snapshot.storage.k8s.io",
                     R"({"spec":{"source":{"volumeHandle":"vol-0abc"}}})", found),
        by);
  check(in_every_way("persistentvolumes", volume(R"("csi":{"volumeHandle":"any"})"), found), guard(nullptr));
}

}  // namespace
}  // namespace sallyport::policy
