#include "json/path.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::json {
namespace {

TEST(Path, IsWrittenSoThatAPatternReadsIt) {
  const struct {
    Path path;
    const char* text;
  } cases[] = {
      {Path() / "spec" / "template" / "spec" / "containers" / 0 / "image", "spec.template.spec.containers[0].image"},
      {Path() / "metadata" / "annotations" / "app.kubernetes.io/name",
       "metadata.annotations['app.kubernetes.io/name']"},
      {Path() / "a.b" / "c" / 12, "['a.b'].c[12]"},
      {Path() / "" / "x", "[''].x"},
      {Path() / "it's" / "back\\slash", R"(['it\'s']['back\\slash'])"},
      {Path() / 3 / "0" / "-_", "[3].0.-_"},
      {Path() / "*" / "é", "['*']['é']"},
  };
  for (const auto& [path, text] : cases) {
    EXPECT_EQ(to_string(path), text);
    const auto pattern = PathPattern::parse(text);
    ASSERT_TRUE(pattern) << text << ": " << pattern.error().message();
    EXPECT_TRUE(pattern->covers(path)) << text;
    EXPECT_FALSE(pattern->covers(Path() / "other")) << text;
  }
  EXPECT_EQ(to_string(Path()), "");
}

TEST(Path, FindsItsPlace) {
  const auto root = parse(R"({"a":[{"b":1},null],"0":{"":true}})").value();
  EXPECT_EQ(Path().find_in(root), &root);
  EXPECT_EQ(*(Path() / "a" / 0 / "b").find_in(root), Value(1));
  EXPECT_TRUE((Path() / "a" / 1).find_in(root)->is_null());
  EXPECT_EQ(*(Path() / "0" / "").find_in(root), Value(true));
  const Path absent[] = {Path() / "b", Path() / "a" / 2, Path() / "a" / "0", Path() / 0, Path() / "a" / 0 / "b" / "c"};
  for (const Path& path : absent) EXPECT_EQ(path.find_in(root), nullptr) << to_string(path);
}

TEST(Path, TellsKeysFromIndices) {
  EXPECT_EQ(Path() / "a" / 1, Path() / "a" / 1);
  EXPECT_NE(Path() / "a" / 1, Path() / "a" / "1");
  EXPECT_NE(Path() / "a", Path());
  EXPECT_TRUE(Path().empty());
}

}  // namespace
}  // namespace sallyport::json
