#include "action/allocated.hpp"

#include <gtest/gtest.h>

#include "action/server_made.hpp"
#include "unit/action/support.hpp"

namespace sallyport::action {
namespace {

using json::Value;
using testing::digest;
using testing::parse;
using testing::recorded;

Value replaced(std::string_view name) {
  auto request = recorded(name);
  replace_allocated(request.object, request.old_object);
  return request.object["spec"];
}

std::vector<std::string> node_ports(const Value& spec) {
  std::vector<std::string> ports;
  for (const Value& port : spec["ports"].items()) ports.push_back(json::write(port["nodePort"]));
  return ports;
}

const std::string kMark = json::write(Value(kServerMade));

TEST(Allocated, NodePortsButTheOneAskedFor) {
  EXPECT_EQ(node_ports(replaced("service_allocated_1")), (std::vector<std::string>{kMark, "31000", kMark}));
  EXPECT_EQ(replaced("service_allocated_1")["healthCheckNodePort"].text(), kServerMade);
}

TEST(Allocated, ClusterAddresses) {
  EXPECT_EQ(replaced("service_cluster_ip_allocated")["clusterIP"].text(), kServerMade);
  EXPECT_EQ(replaced("service_cluster_ip_allocated")["clusterIPs"].items()[0].text(), kServerMade);
}

TEST(Allocated, AddressAskedForStays) {
  EXPECT_EQ(replaced("service_cluster_ip_asked")["clusterIP"].text(), "10.0.0.55");
}

TEST(Allocated, HeadlessIsNeverAllocated) {
  EXPECT_EQ(replaced("service_headless")["clusterIP"].text(), "None");
  EXPECT_EQ(replaced("service_headless")["clusterIPs"].items()[0].text(), "None");
}

TEST(Allocated, OfAnAddedPortAndWhatStoodStays) {
  EXPECT_EQ(node_ports(replaced("service_port_added")), (std::vector<std::string>{kMark, "31653", "31000", "32449"}));
  EXPECT_EQ(replaced("service_port_added")["clusterIP"].text(), "10.0.0.137");
  EXPECT_EQ(replaced("service_port_added")["healthCheckNodePort"].integer(), 31371);
}

TEST(Allocated, OfAPortThatTookAnothersPlace) {
  EXPECT_EQ(node_ports(replaced("service_port_replaced")), std::vector<std::string>{kMark});
}

TEST(Allocated, PortAskedForInAnUpdateStays) {
  EXPECT_EQ(node_ports(replaced("service_port_asked")), (std::vector<std::string>{"31999", "31653", "31000", "32449"}));
}

TEST(Allocated, NothingIsReplacedWithoutManagedFields) {
  const auto request = recorded("service_managed_fields_reset");
  ASSERT_TRUE(request.object["metadata"]["managedFields"].is_null());
  EXPECT_EQ(node_ports(replaced("service_managed_fields_reset")), std::vector<std::string>{"31999"});
}

TEST(Allocated, ForgedManagedFieldsHideNothing) {
  EXPECT_EQ(node_ports(replaced("service_forged_update")), std::vector<std::string>{"31777"});
  EXPECT_EQ(node_ports(replaced("service_forged_create")), std::vector<std::string>{"31778"});
}

struct Case {
  std::string_view what;
  std::string_view managed_fields;
  bool replaced;
};
class ManagedFields : public ::testing::TestWithParam<Case> {};

TEST_P(ManagedFields, DecideOnANodePort) {
  auto service = parse(R"({"metadata":{"managedFields":)" + std::string(GetParam().managed_fields) +
                       R"(},"spec":{"ports":[{"port":80,"protocol":"TCP","nodePort":31000}]}})");
  replace_allocated(service, Value());
  EXPECT_EQ(node_ports(service["spec"])[0] == kMark, GetParam().replaced) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ManagedFields,
    ::testing::Values(
        Case{"known port", R"([{"fieldsV1":{"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{}}}}}])",
             true},
        Case{"keys in another order",
             R"([{"fieldsV1":{"f:spec":{"f:ports":{"k:{\"protocol\":\"TCP\",\"port\":80}":{}}}}}])", true},
        Case{"asked for by a second manager",
             R"([{"fieldsV1":{"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{}}}}},)"
             R"({"fieldsV1":{"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{"f:nodePort":{}}}}}}])",
             false},
        Case{"asked for by the first manager",
             R"([{"fieldsV1":{"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{"f:nodePort":{}}}}}},)"
             R"({"fieldsV1":{"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{}}}}}])",
             false},
        Case{"another port", R"([{"fieldsV1":{"f:spec":{"f:ports":{"k:{\"port\":81,\"protocol\":\"TCP\"}":{}}}}}])",
             false},
        Case{"another protocol", R"([{"fieldsV1":{"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"UDP\"}":{}}}}}])",
             false},
        Case{"a key that is no JSON", R"([{"fieldsV1":{"f:spec":{"f:ports":{"k:{port:80}":{}}}}}])", false},
        Case{"the list as a whole", R"([{"fieldsV1":{"f:spec":{"f:ports":{}}}}])", false},
        Case{"no port", R"([{"fieldsV1":{"f:spec":{}}}])", false}, Case{"no manager", "[]", false},
        Case{"null", "null", false}, Case{"a number", "7", false}, Case{"texts", R"(["f:spec"])", false}));

TEST(Allocated, AddressesStayWhereNoManagerTellsOfTheSpec) {
  for (const auto* managed_fields : {"[]", R"([{"fieldsV1":{"f:metadata":{}}}])", R"([{"fieldsV1":{"f:spec":7}}])"}) {
    auto service = parse(R"({"metadata":{"managedFields":)" + std::string(managed_fields) +
                         R"(},"spec":{"clusterIP":"10.0.0.1","healthCheckNodePort":31000}})");
    replace_allocated(service, Value());
    EXPECT_EQ(json::write(service["spec"]), R"({"clusterIP":"10.0.0.1","healthCheckNodePort":31000})");
  }
}

TEST(Allocated, SecondAddressOnly) {
  const auto before = parse(R"({"spec":{"clusterIPs":["10.0.0.1"],"clusterIP":"10.0.0.1"}})");
  auto service = parse(R"({"metadata":{"managedFields":[{"fieldsV1":{"f:spec":{"f:type":{}}}}]},
                           "spec":{"clusterIPs":["10.0.0.1","fd00::5"],"clusterIP":"10.0.0.1"}})");
  replace_allocated(service, before);
  EXPECT_EQ(json::write(service["spec"]["clusterIPs"]), R"(["10.0.0.1",)" + kMark + "]");
  EXPECT_EQ(service["spec"]["clusterIP"].text(), "10.0.0.1");
}

TEST(Allocated, AskedForPortChangesTheDigest) {
  auto request = recorded("service_allocated_1");
  const auto first = digest(request);
  auto& port = request.object.find_mutable("spec")->find_mutable("ports")->mutable_items()[1];
  port.set("nodePort", 31001);
  EXPECT_NE(digest(request), first);
}

TEST(Allocated, OtherKindsKeepSuchFields) {
  const auto widget = [](std::string_view ip) {
    return digest(testing::create(
        testing::kWidgets,
        R"({"metadata":{"name":"w","managedFields":[{"fieldsV1":{"f:spec":{}}}]},"spec":{"clusterIP":")" +
            std::string(ip) + "\"}}"));
  };
  EXPECT_NE(widget("10.0.0.1"), widget("10.0.0.2"));
}

}  // namespace
}  // namespace sallyport::action
