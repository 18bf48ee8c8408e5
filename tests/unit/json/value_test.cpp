#include "json/value.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::json {
namespace {

constexpr auto kInt64Max = std::numeric_limits<std::int64_t>::max();
constexpr auto kUint64Max = std::numeric_limits<std::uint64_t>::max();

TEST(Value, ReadsAsNothingWhatItIsNot) {
  const Value values[] = {Value(),
                          Value(true),
                          Value(7),
                          Value(kUint64Max),
                          Value(0.5),
                          Value("text"),
                          Value::array().push(1),
                          Value::object().set("key", 1)};
  for (const Value& value : values) {
    if (!value.is_object()) {
      EXPECT_EQ(value.find("key"), nullptr);
      EXPECT_TRUE(value["key"]["deeper"].is_null());
      EXPECT_TRUE(value.members().empty());
    }
    if (!value.is_array()) EXPECT_TRUE(value.items().empty());
    if (!value.is_string()) EXPECT_EQ(value.text(), "");
    if (!value.is_bool()) EXPECT_FALSE(value.truth());
    if (!value.is_number()) {
      EXPECT_EQ(value.integer(), std::nullopt);
      EXPECT_EQ(value.unsigned_integer(), std::nullopt);
      EXPECT_EQ(value.number(), std::nullopt);
    }
  }
}

TEST(Value, TellsAbsentFromNull) {
  const auto value = Value::object().set("there", nullptr);
  ASSERT_NE(value.find("there"), nullptr);
  EXPECT_TRUE(value.find("there")->is_null());
  EXPECT_EQ(value.find("not"), nullptr);
  EXPECT_TRUE(value["there"].is_null());
  EXPECT_TRUE(value["not"].is_null());
}

TEST(Value, GivesNumbersOnlyAsTypesThatHoldThem) {
  const struct {
    Value value;
    bool is_integer;
    std::optional<std::int64_t> integer;
    std::optional<std::uint64_t> unsigned_integer;
    double number;
  } cases[] = {
      {0, true, 0, 0, 0},
      {-1, true, -1, std::nullopt, -1},
      {kInt64Max, true, kInt64Max, std::uint64_t{kInt64Max}, 9223372036854775807.0},
      {std::uint64_t{5}, true, 5, 5, 5},
      {kUint64Max, true, std::nullopt, kUint64Max, 18446744073709551615.0},
      {3.0, true, 3, 3, 3},
      {-0.0, true, 0, 0, 0},
      {0.5, false, std::nullopt, std::nullopt, 0.5},
      {1e17, false, std::nullopt, std::nullopt, 1e17},
  };
  for (const auto& test : cases) {
    EXPECT_TRUE(test.value.is_number());
    EXPECT_EQ(test.value.is_integer(), test.is_integer) << test.number;
    EXPECT_EQ(test.value.integer(), test.integer) << test.number;
    EXPECT_EQ(test.value.unsigned_integer(), test.unsigned_integer) << test.number;
    EXPECT_EQ(test.value.number(), test.number);
  }
}

TEST(Value, HoldsEqualNumbersAsEqualValues) {
  EXPECT_EQ(Value(3), Value(std::uint64_t{3}));
  EXPECT_EQ(Value(3), Value(3.0));
  EXPECT_EQ(Value(std::int64_t{1} << 53), Value(9007199254740992.0));
  EXPECT_EQ(Value(0), Value(-0.0));
  EXPECT_NE(Value(3), Value(3.5));
  EXPECT_NE(Value(kInt64Max), Value(static_cast<double>(kInt64Max)));
  EXPECT_NE(Value(0), Value());
  EXPECT_NE(Value(0), Value(false));
  EXPECT_NE(Value(0), Value("0"));
}

TEST(Value, HoldsNoNumberThatJsonCanNotWrite) {
  EXPECT_TRUE(Value(std::numeric_limits<double>::quiet_NaN()).is_null());
  EXPECT_TRUE(Value(std::numeric_limits<double>::infinity()).is_null());
}

TEST(Value, EqualsAnObjectWithItsMembersInAnotherOrder) {
  const auto ab = Value::object().set("a", 1).set("b", Value::object().set("x", 1).set("y", 2));
  const auto ba = Value::object().set("b", Value::object().set("y", 2).set("x", 1)).set("a", 1);
  EXPECT_EQ(ab, ba);
  EXPECT_NE(ab, Value::object().set("a", 1));
  EXPECT_NE(Value::object().set("a", 1), ab);
  EXPECT_NE(Value::object().set("a", nullptr), Value::object().set("b", nullptr));
  EXPECT_NE(Value::array().push(1).push(2), Value::array().push(2).push(1));
  EXPECT_NE(Value::array(), Value::object());
}

TEST(Value, ComparesLargeObjectsInAnyOrder) {
  Value up = Value::object(), down = Value::object();
  for (int i = 0; i < 500; ++i) {
    up.set("k" + std::to_string(i), i);
    down.set("k" + std::to_string(499 - i), 499 - i);
  }
  EXPECT_EQ(up, down);
  down.set("k250", "another");
  EXPECT_NE(up, down);
}

TEST(Value, IsWrittenMemberByMember) {
  Value value;
  value.set("b", 1).set("a", 2).set("b", 3).set("list", Value().push("x").push(nullptr));
  EXPECT_EQ(write(value), R"({"b":3,"a":2,"list":["x",null]})");
  *value.find_mutable("a") = "new";
  EXPECT_EQ(value.find_mutable("none"), nullptr);
  EXPECT_TRUE(value.erase("b"));
  EXPECT_FALSE(value.erase("b"));
  value.mutable_members().push_back({"last", true});
  value.find_mutable("list")->mutable_items().clear();
  EXPECT_EQ(write(value), R"({"a":"new","list":[],"last":true})");
  EXPECT_FALSE(Value("text").erase("a"));
}

TEST(ValueDeathTest, ThatIsNoContainerTakesNoMembers) {
  EXPECT_DEATH(Value("text").set("a", 1), "no object");
  EXPECT_DEATH(Value::array().set("a", 1), "no object");
  EXPECT_DEATH(Value::object().push(1), "no list");
}

}  // namespace
}  // namespace sallyport::json
