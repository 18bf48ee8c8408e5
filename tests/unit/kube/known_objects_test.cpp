#include "kube/known_objects.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::kube {
namespace {

using News = KnownObjects::News;

ObjectId object(std::string name, std::uint64_t version, std::string uid = "u") {
  return {.namespace_name = "n", .name = std::move(name), .uid = std::move(uid), .version = version};
}

TEST(ObjectId, IsReadFromMetadata) {
  const auto id = read_id(
      *json::parse(R"({"metadata":{"namespace":"n","name":"a","uid":"u","resourceVersion":"18446744073709551615"}})"));
  ASSERT_TRUE(id);
  EXPECT_EQ(*id, object("a", 18446744073709551615u));
  for (const char* text :
       {"null", "{}", R"({"metadata":{"name":"a","uid":"u"}})",
        R"({"metadata":{"name":"a","uid":"u","resourceVersion":"x1"}})",
        R"({"metadata":{"name":"a","uid":"u","resourceVersion":"0"}})",
        R"({"metadata":{"name":"a","uid":"u","resourceVersion":5}})",
        R"({"metadata":{"name":"a","resourceVersion":"5"}})", R"({"metadata":{"uid":"u","resourceVersion":"5"}})"}) {
    EXPECT_FALSE(read_id(*json::parse(text))) << text;
  }
}

TEST(ListVersion, IsOfListsAlone) {
  EXPECT_EQ(read_list_version(*json::parse(R"({"kind":"PodList","metadata":{"resourceVersion":"7"},"items":[]})")), 7u);
  EXPECT_EQ(read_list_version(*json::parse(R"({"kind":"PodList","metadata":{"resourceVersion":"7"},"items":null})")),
            7u);
  for (const char* text : {"{}", "null", R"({"kind":"PodList","metadata":{"resourceVersion":"7"}})",
                           R"({"kind":"PodList","metadata":{"resourceVersion":"7"},"items":{}})",
                           R"({"kind":"PodList","metadata":{},"items":[]})",
                           R"({"kind":"Status","metadata":{"resourceVersion":"7"},"items":[]})"}) {
    EXPECT_FALSE(read_list_version(*json::parse(text))) << text;
  }
}

TEST(KnownObjects, TellWhatIsNew) {
  KnownObjects known;
  EXPECT_EQ(known.observe(object("a", 5)), News::added);
  EXPECT_EQ(known.observe(object("a", 5)), News::none);
  EXPECT_EQ(known.observe(object("a", 4)), News::none);
  EXPECT_EQ(known.observe(object("a", 6)), News::modified);
  EXPECT_EQ(known.observe(object("a", 7, "v")), News::replaced);
  EXPECT_FALSE(known.remove(object("a", 6, "v")));
  EXPECT_TRUE(known.remove(object("a", 8, "v")));
  EXPECT_FALSE(known.remove(object("a", 9, "v")));
}

TEST(KnownObjects, AListCountsWhateverWasKnown) {
  KnownObjects known;
  known.set(object("a", 9));
  EXPECT_EQ(known.set(object("a", 3)), News::modified);
  known.set(object("b", 4));
  EXPECT_THAT(known.keep_only({object("a", 3)}), testing::ElementsAre(object("b", 4)));
  EXPECT_EQ(known.find(object("b", 0)), nullptr);
}

TEST(KnownObjects, AreUpToAListOnlyIfNothingIsMissing) {
  KnownObjects known;
  known.set(object("a", 5));
  known.set(object("b", 6));
  known.move_to(10);
  const std::vector same{object("a", 5), object("b", 6)};
  EXPECT_TRUE(known.is_up_to(10, same, 10));
  EXPECT_TRUE(known.is_up_to(99, same, 10));
  EXPECT_FALSE(known.is_up_to(99, {object("a", 5)}, 10));                                   // b is gone
  EXPECT_FALSE(known.is_up_to(99, {object("a", 5), object("b", 11)}, 10));                  // b has changed
  EXPECT_FALSE(known.is_up_to(99, {object("a", 5), object("b", 6, "v")}, 10));              // another b
  EXPECT_FALSE(known.is_up_to(99, {object("a", 5), object("b", 6), object("c", 11)}, 10));  // a new one
  EXPECT_FALSE(known.is_up_to(99, {object("a", 5), object("c", 6)}, 10));
  // The watch has told more than the list showed by the time that it came.
  known.move_to(99);
  EXPECT_TRUE(known.is_up_to(98, {object("a", 4)}, 97));
  // A list that is older than what was known when it was asked for.
  EXPECT_FALSE(known.is_up_to(90, same, 99));
}

}  // namespace
}  // namespace sallyport::kube
