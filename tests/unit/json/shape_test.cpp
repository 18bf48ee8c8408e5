#include "json/shape.hpp"

#include <string>

#include <gtest/gtest.h>

#include "json/json.hpp"
#include "json/scanner.hpp"

namespace sallyport::json {
namespace {

const Shape kNothing({});
const Shape kPorts({{"name", &kNothing}, {"containerPort", &kNothing}});
const Shape kLabels({{"app.kubernetes.io/managed-by", &kNothing}}, &kNothing);
const Shape kRoot({{"name", &kNothing}, {"ports", &kPorts}, {"labels", &kLabels}, {"data", &Shape::anything()}});

enum class Read { known, unknown, malformed };

Read read(const std::string& text) {
  Scanner scanner(text);
  const bool known = scanner.skip_known(kRoot);
  scanner.finish();
  EXPECT_EQ(scanner.failed(), !parse(text).has_value()) << text;
  if (scanner.failed()) return Read::malformed;
  return known ? Read::known : Read::unknown;
}

TEST(Shape, KnowsNamesWhereTheyStand) {
  for (const auto* text :
       {"{}", "null", "[]", "7", R"("x")", R"({"name":"a"})",
        R"({"ports":[{"name":"a","containerPort":1},{"containerPort":2}]})", R"({"ports":{"name":"a"}})",
        R"( { "ports" : [ { "containerPort" : 1 , "name" : "a" } ] , "name" : "b" } )",
        R"({"labels":{"x":"y","app.kubernetes.io/managed-by":"z"}})", R"({"data":{"any":{"thing":[{"at":"all"}]}}})",
        R"({"name":{}})", R"([{"name":"a"}])"}) {
    EXPECT_EQ(read(text), Read::known) << text;
  }
  for (const auto* text :
       {R"({"names":"a"})", R"({"nam":"a"})", R"({"":1})", R"({"ports":[{"name":"a","protocol":"TCP"}]})",
        R"({"name":{"name":1}})", R"({"labels":{"x":{"y":1}}})", R"({"containerPort":1})", R"({"Name":1})",
        R"({"\u006eame":"a"})", R"({"ports":[{"name":"a"},[{"x":1}]]})", R"({"other":{"name":1},"name":"a"})"}) {
    EXPECT_EQ(read(text), Read::unknown) << text;
  }
  for (const auto* text :
       {"", "{", R"({"name")", R"({"name":})", R"({"name":1)", R"({"name":1,})", R"({"name" 1})", R"({name:1})",
        R"({"data":{"a":}})", R"({"ports":[{"name":"a"})", R"({"name":1]})", R"({"other":tru})", R"({"name":"a"}x)"}) {
    EXPECT_EQ(read(text), Read::malformed) << text;
  }
}

TEST(Shape, ManyNamesAreFoundAmongThemselves) {
  std::vector<Shape::Member> members;
  for (int i = 0; i < 1000; ++i) members.emplace_back("same begin " + std::to_string(i) + " same end", &kNothing);
  const Shape shape(std::move(members));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(shape.find("same begin " + std::to_string(i) + " same end"), &kNothing);
  EXPECT_EQ(shape.find("same begin 1000 same end"), nullptr);
  EXPECT_EQ(shape.find(""), nullptr);
  EXPECT_EQ(Shape::anything().find("x"), &Shape::anything());
}

TEST(Shape, IsNoDeeperThanTheScannerGoes) {
  const std::string deep = R"({"data":)" + std::string(127, '[') + std::string(127, ']') + "}";
  EXPECT_EQ(read(deep), Read::known);
  const std::string deeper = R"({"ports":)" + std::string(128, '[') + std::string(128, ']') + "}";
  EXPECT_EQ(read(deeper), Read::malformed);
}

}  // namespace
}  // namespace sallyport::json
