#include "kube/status.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"
#include "kube/paths.hpp"

namespace sallyport::kube {
namespace {

TEST(Status, EachIsTheErrorThatDecidesWhatToDo) {
  const struct {
    int status;
    const char* body;
    ErrorCode of_a_read, of_a_write;
  } cases[] = {
      {400, "{}", ErrorCode::bad_input, ErrorCode::bad_input},
      {401, "{}", ErrorCode::forbidden, ErrorCode::forbidden},
      {403, "{}", ErrorCode::forbidden, ErrorCode::forbidden},
      {404, "{}", ErrorCode::not_found, ErrorCode::not_found},
      {409, R"({"reason":"AlreadyExists"})", ErrorCode::already_exists, ErrorCode::already_exists},
      {409, R"({"reason":"Conflict"})", ErrorCode::conflict, ErrorCode::conflict},
      {409, "not JSON", ErrorCode::conflict, ErrorCode::conflict},
      {410, R"({"reason":"Expired"})", ErrorCode::too_old, ErrorCode::too_old},
      {413, "{}", ErrorCode::bad_input, ErrorCode::bad_input},
      {422, R"({"reason":"Invalid"})", ErrorCode::bad_input, ErrorCode::bad_input},
      {429, "{}", ErrorCode::unavailable, ErrorCode::unavailable},
      {500, "{}", ErrorCode::unavailable, ErrorCode::unknown_outcome},
      {503, "{}", ErrorCode::unavailable, ErrorCode::unknown_outcome},
      {504, R"({"reason":"Timeout"})", ErrorCode::unavailable, ErrorCode::unknown_outcome},
      {301, "", ErrorCode::unavailable, ErrorCode::unknown_outcome},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(error_of(c.status, c.body, Effect::none).code(), c.of_a_read) << c.status;
    EXPECT_EQ(error_of(c.status, c.body, Effect::write).code(), c.of_a_write) << c.status;
  }
}

TEST(Status, MessagesAreKeptAndBounded) {
  EXPECT_EQ(error_of(404, R"({"message":"pods \"a\" not found"})", Effect::none).message(),
            "HTTP 404: pods \"a\" not found");
  EXPECT_EQ(error_of(502, "<html>", Effect::none).message(), "HTTP 502");
  const std::string large = R"({"message":")" + std::string(50'000, 'x') + "\"}";
  EXPECT_LT(error_of(400, large, Effect::none).message().size(), 1100u);
}

TEST(Status, OfAWatchHasItsCodeInside) {
  EXPECT_EQ(error_of(*json::parse(R"({"code":410,"reason":"Gone"})")).code(), ErrorCode::too_old);
  EXPECT_EQ(error_of(*json::parse(R"({"code":500})")).code(), ErrorCode::unavailable);
  EXPECT_EQ(error_of(json::Value::object()).code(), ErrorCode::unavailable);
}

TEST(Paths, NameCollectionsAndObjects) {
  EXPECT_EQ(path_of(kNamespaces), "/api/v1/namespaces");
  EXPECT_EQ(path_of(kNamespaces, {}, "payments"), "/api/v1/namespaces/payments");
  EXPECT_EQ(path_of(kPods, "payments", "web-0"), "/api/v1/namespaces/payments/pods/web-0");
  EXPECT_EQ(path_of(kApprovalRequests), "/apis/sallyport.dev/v1alpha1/approvalrequests");
  EXPECT_EQ(path_of(kApprovalRequests, "payments", "a", "status"),
            "/apis/sallyport.dev/v1alpha1/namespaces/payments/approvalrequests/a/status");
}

TEST(Paths, AHostileNameStaysOneSegment) {
  EXPECT_EQ(path_of(kPods, "../x", "a/b?c#d e%"), "/api/v1/namespaces/..%2Fx/pods/a%2Fb%3Fc%23d%20e%25");
  EXPECT_EQ(path_of(kPods, "n", ".."), "/api/v1/namespaces/n/pods/%2E%2E");
  EXPECT_EQ(escape("a\r\nb:\xff"), "a%0D%0Ab%3A%FF");
}

}  // namespace
}  // namespace sallyport::kube
