#include "wire/members.hpp"

#include <gtest/gtest.h>

namespace sallyport::wire {
namespace {

TEST(Members, RefuseAKeyThatStandsTwiceEvenIfItIsEscaped) {
  for (const char* text : {R"({"a":1,"a":2})", R"({"a":1,"\u0061":2})"}) {
    Scanner scanner(text);
    for (Members member(scanner); member.next();) {
      EXPECT_TRUE(member.is("a"));
      scanner.skip_value();
    }
    EXPECT_TRUE(scanner.failed()) << text;
  }
}

}  // namespace
}  // namespace sallyport::wire
