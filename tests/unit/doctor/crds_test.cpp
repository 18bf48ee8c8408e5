#include "doctor/crds.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::doctor {
namespace {

json::Value schema(std::string_view text) {
  return json::parse(text).value();
}

TEST(Crds, AFieldThatIsMissingIsNamedByItsPath) {
  const auto shipped =
      schema(R"({"properties": {"spec": {"properties": {"list": {"items": {"properties": {"a": {}, "b": {}}}}}}}})");
  EXPECT_EQ(missing_field(shipped, shipped), std::nullopt);
  EXPECT_EQ(missing_field(
                shipped,
                schema(R"({"properties": {"spec": {"properties": {"list": {"items": {"properties": {"a": {}}}}}}}})")),
            "spec.list.b");
  EXPECT_EQ(missing_field(shipped, schema("{}")), "spec");
}

TEST(Crds, WhatANewerOneHasMoreIsNoFault) {
  EXPECT_EQ(missing_field(schema(R"({"properties": {"a": {}}})"), schema(R"({"properties": {"a": {}, "newer": {}}})")),
            std::nullopt);
}

}  // namespace
}  // namespace sallyport::doctor
