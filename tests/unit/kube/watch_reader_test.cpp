#include "kube/watch_reader.hpp"

#include <gtest/gtest.h>

namespace sallyport::kube {
namespace {

using Type = WatchEvent::Type;

TEST(WatchReader, CutsEventsOutOfPiecesOfAnySize) {
  const std::string bytes =
      "{\"type\":\"ADDED\",\"object\":{\"n\":\"a\\nb\"}}\n\n{\"type\":\"MODIFIED\",\"object\":{\"n\":2}}\n"
      "{\"type\":\"DELETED\",\"object\":{}}\n{\"type\":\"BOOKMARK\",\"object\":{}}\n{\"type\":\"ERROR\",\"object\":{"
      "\"code\":410}}\n";
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    WatchReader reader;
    std::vector<Type> types;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      reader.feed(std::string_view(bytes).substr(at, size));
      for (;;) {
        const auto event = reader.next();
        ASSERT_TRUE(event) << event.error().message();
        if (!*event) break;
        types.push_back((*event)->type);
      }
    }
    EXPECT_EQ(types, (std::vector{Type::added, Type::modified, Type::deleted, Type::bookmark, Type::error})) << size;
  }
}

TEST(WatchReader, RefusesWhatIsNoEvent) {
  for (const char* line : {"x\n", "{}\n", "[]\n", "{\"type\":\"ADDED\"}\n", "{\"type\":\"ADDED\",\"object\":1}\n",
                           "{\"type\":\"MOVED\",\"object\":{}}\n", "{\"type\":\"ADDED\",\"object\":{}}{}\n"}) {
    WatchReader reader;
    reader.feed(line);
    EXPECT_FALSE(reader.next()) << line;
  }
}

TEST(WatchReader, RefusesAnEventWithoutEnd) {
  WatchReader reader;
  const std::string piece(1u << 20, 'x');
  for (int i = 0; i < 16; ++i) {
    reader.feed(piece);
    ASSERT_TRUE(reader.next());
  }
  reader.feed(piece);
  EXPECT_FALSE(reader.next());
}

}  // namespace
}  // namespace sallyport::kube
