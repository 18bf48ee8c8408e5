#include <gtest/gtest.h>

#include "json/json.hpp"
#include "json/path.hpp"

namespace sallyport::json {
namespace {

PathPattern pattern(std::string_view text) {
  return PathPattern::parse(text).value();
}

TEST(PathPattern, SaysWhatIsWrongAndWhere) {
  const struct {
    std::string text;
    const char* why;
  } cases[] = {
      {"", "a path is empty"},
      {".", "at character 1: expected a key"},
      {".a", "at character 1: expected a key"},
      {"a.", "at character 3: expected a key"},
      {"a..b", "at character 3: expected a key"},
      {"a.[0]", "at character 3: expected a key"},
      {"a b", "at character 2: expected '.' or '['"},
      {"a/b", "at character 2: expected '.' or '['"},
      {"a[0]b", "at character 5: expected '.' or '['"},
      {"*", "at character 1: '*' stands only for a list's index"},
      {"spec.*.image", "at character 6: '*' stands only for a list's index"},
      {"a[", "at character 3: expected an index"},
      {"a[]", "at character 3: expected an index"},
      {"a[-1]", "at character 3: expected an index"},
      {"a[b]", "at character 3: expected an index"},
      {"a[0", "at character 4: expected ']'"},
      {"a[0x1]", "at character 4: expected ']'"},
      {"a[**]", "at character 4: expected ']'"},
      {"a[01]", "an index has at most 9 digits and no zeros before it"},
      {"a[1234567890]", "an index has at most 9 digits"},
      {"a['b", "the key's closing ' is missing"},
      {"a['b'", "at character 6: expected ']'"},
      {"a['b'c']", "at character 6: expected ']'"},
      {R"(a['b\n'])", R"(at character 6: '\' stands only before ' and \)"},
      {R"(a['b\)", R"('\' stands only before ' and \)"},
      {"a[\"b\"]", "at character 3: expected an index, [*] or ['key']"},
      {std::string(513, 'a'), "513 characters; 512 is the most"},
      {"a" +
           [] {
             std::string steps;
             for (int i = 0; i < 32; ++i) steps += "[*]";
             return steps;
           }(),
       "more than 32 steps"},
  };
  for (const auto& [text, why] : cases) {
    const auto parsed = PathPattern::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), ErrorCode::bad_input);
    EXPECT_NE(parsed.error().message().find(why), std::string::npos) << text << " gave: " << parsed.error().message();
  }
  EXPECT_TRUE(PathPattern::parse(std::string(512, 'a')));
}

TEST(PathPattern, EqualsAnotherSpellingOfItself) {
  EXPECT_EQ(pattern("spec.a[0]"), pattern("['spec']['a'][0]"));
  EXPECT_EQ(pattern("['spec']").text(), "['spec']");
  EXPECT_NE(pattern("a[0]"), pattern("a.0"));
  EXPECT_NE(pattern("a[0]"), pattern("a[*]"));
  EXPECT_NE(pattern("a['*']"), pattern("a[*]"));
}

TEST(PathPattern, TouchesWhatHoldsItAndCoversWhatItHolds) {
  enum class Reach { none, touches, covers };
  const Path containers = Path() / "spec" / "containers";
  const struct {
    const char* pattern;
    Path path;
    Reach reach;
  } cases[] = {
      {"spec.containers[*].image", containers / 0 / "image", Reach::covers},
      {"spec.containers[*].image", containers / 7 / "image" / "deeper", Reach::covers},
      {"spec.containers[*].image", containers / 0, Reach::touches},
      {"spec.containers[*].image", containers, Reach::touches},
      {"spec.containers[*].image", Path(), Reach::touches},
      {"spec.containers[*].image", containers / 0 / "name", Reach::none},
      {"spec.containers[*].image", containers / "0" / "image", Reach::none},
      {"spec.containers[*].image", Path() / "spec" / "initContainers" / 0 / "image", Reach::none},
      {"spec.containers[*].image", Path() / "spec" / "container", Reach::none},
      {"spec.containers[1]", containers / 1 / "image", Reach::covers},
      {"spec.containers[1]", containers / 0 / "image", Reach::none},
      {"spec['containers']", containers / 0, Reach::covers},
      {"spec", Path() / "specs", Reach::none},
      {"spec", Path() / "Spec", Reach::none},
      {"a['b.c']", Path() / "a" / "b" / "c", Reach::none},
      {"a['b.c']", Path() / "a" / "b.c", Reach::covers},
      {"a[0]", Path() / "a" / "0", Reach::none},
      {"a.0", Path() / "a" / 0, Reach::none},
      {"a['*']", Path() / "a" / 0, Reach::none},
  };
  for (const auto& test : cases) {
    const auto parsed = pattern(test.pattern);
    EXPECT_EQ(parsed.touches(test.path), test.reach != Reach::none) << test.pattern << " " << to_string(test.path);
    EXPECT_EQ(parsed.covers(test.path), test.reach == Reach::covers) << test.pattern << " " << to_string(test.path);
  }
}

TEST(PathPattern, PassesBesideTheOtherMembersOfAnElement) {
  const auto image = pattern("c[*].image"), value = pattern("c[1].env[*].value"), whole = pattern("c[*]");
  const Path first = Path() / "c" / 0, second = Path() / "c" / 1;
  EXPECT_TRUE(image.passes_beside(first / "name"));
  EXPECT_TRUE(value.passes_beside(second / "name"));
  EXPECT_TRUE(value.passes_beside(second / "env" / 7 / "name"));
  for (const auto& path : {first / "env" / 0 / "name", Path() / "d" / 0 / "name", first, Path() / "c", Path()}) {
    EXPECT_FALSE(image.passes_beside(path)) << to_string(path);
  }
  EXPECT_FALSE(value.passes_beside(first / "name"));
  EXPECT_FALSE(whole.passes_beside(first / "name"));
}

TEST(PathPattern, FindsAllItsPlacesInOrder) {
  const auto root =
      parse(R"({"c":[{"i":"a","e":[{"v":1},{"v":2}]},{"n":1},{"i":null,"e":[{"v":3}]}],"o":{"0":1}})").value();
  const struct {
    const char* pattern;
    std::vector<std::string> places;
  } cases[] = {
      {"c[*].i", {"c[0].i", "c[2].i"}},
      {"c[*].e[*].v", {"c[0].e[0].v", "c[0].e[1].v", "c[2].e[0].v"}},
      {"c[*].e[1]", {"c[0].e[1]"}},
      {"c[1].n", {"c[1].n"}},
      {"c", {"c"}},
      {"c[3]", {}},
      {"c.i", {}},
      {"o[*]", {}},
      {"o[0]", {}},
      {"o.0", {"o.0"}},
      {"missing[*].x", {}},
  };
  for (const auto& [text, places] : cases) {
    std::vector<std::string> found;
    for (const Path& path : pattern(text).find_in(root)) {
      EXPECT_NE(path.find_in(root), nullptr);
      found.push_back(to_string(path));
    }
    EXPECT_EQ(found, places) << text;
  }
}

}  // namespace
}  // namespace sallyport::json
