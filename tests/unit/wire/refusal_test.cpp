#include "wire/refusal.hpp"

#include <gtest/gtest.h>

#include "wire/answer.hpp"

namespace sallyport::wire {
namespace {

TEST(ReadRefusal, ReadsWhatWeWrite) {
  model::Answer answer;
  answer.code = model::Code::approval_required;
  answer.message = "UPDATE deployments/api needs approval by 1 of reviewers [sic].";
  answer.tail = {{"request", "shop/gate-7f3c"}, {"policy", "a \"b\" ]c"}, {"retry", "same-digest"}};
  const auto refusal = read_refusal(
      "Error from server (ApprovalRequired): admission webhook denied the request: " + refusal_message(answer) + "\n");
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, "ApprovalRequired");
  EXPECT_EQ(refusal->request, "shop/gate-7f3c");
  ASSERT_EQ(refusal->more.size(), 2u);
  EXPECT_EQ(refusal->more[0], (std::pair<std::string, std::string>("policy", "a \"b\" ]c")));
  EXPECT_EQ(refusal->more[1], (std::pair<std::string, std::string>("retry", "same-digest")));
}

TEST(ReadRefusal, IsNotMisledByAValueThatLooksLikeATail) {
  model::Answer answer;
  answer.code = model::Code::approval_denied;
  answer.message = "Denied: \"[code=Busy]\".";
  answer.tail = {{"request", "[code=Busy"}, {"policy", "a [code=Busy retry=never]"}};
  const auto refusal = read_refusal(refusal_message(answer));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, "ApprovalDenied");
  EXPECT_EQ(refusal->request, "[code=Busy");
  ASSERT_EQ(refusal->more.size(), 1u);
  EXPECT_EQ(refusal->more[0].second, "a [code=Busy retry=never]");
}

TEST(ReadRefusal, TakesTheLastAndWhatIsLeftOfIt) {
  EXPECT_EQ(read_refusal("[code=Busy]\n[code=Guarded]")->code, "Guarded");
  EXPECT_EQ(read_refusal("[code=ApprovalDenied request=shop/ga")->request, "shop/ga");
  EXPECT_EQ(read_refusal("[code=ApprovalDenied request=")->request, "");
}

TEST(ReadRefusal, FindsNoneInAnythingElse) {
  for (const char* text : {"", "[", "[code", "[code=", "[code=]", "[code=\"x", "[code=a1]",
                           "Error from server (Forbidden): no", "code=Busy"}) {
    EXPECT_FALSE(read_refusal(text)) << text;
  }
}

}  // namespace
}  // namespace sallyport::wire
