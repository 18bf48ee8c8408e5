#include "cli/failure.hpp"

#include <gtest/gtest.h>

#include "kube/status.hpp"

namespace sallyport::cli {
namespace {

const Server kServer{"https://kube:6443", "prod"};

// As kube::Api says it.
Failure of_status(int status, const std::string& message, kube::Effect effect = kube::Effect::none) {
  const auto error = kube::error_of(status, R"({"message":")" + message + "\"}", effect);
  return explain(error.while_doing("GET /apis/sallyport.dev/v1alpha1/approvalrequests"), kServer);
}

TEST(Explain, SaysCauseAndFixInOneSentence) {
  const struct {
    Failure failure;
    Exit exit;
    const char* sentence;
  } cases[] = {
      {explain(Error(ErrorCode::unavailable, "GET /apis/x: connecting to kube:6443: Connection refused"), kServer),
       Exit::unreachable,
       "the API server of context prod, https://kube:6443, cannot be reached (connecting to kube:6443: Connection "
       "refused); check that it runs, or name another context with --context"},
      {explain(Error(ErrorCode::unavailable, "GET /version: TLS handshake with kube:6443: certificate verify failed"),
               kServer),
       Exit::unreachable,
       "the API server of context prod, https://kube:6443, cannot be reached (TLS handshake with kube:6443: "
       "certificate verify failed); its certificate or yours does not fit the kubeconfig"},
      {explain(Error(ErrorCode::unavailable, "GET /version: connecting to the proxy p:3128: Connection refused"),
               kServer),
       Exit::unreachable,
       "the API server of context prod, https://kube:6443, cannot be reached (connecting to the proxy p:3128: "
       "Connection refused); check the proxy: the kubeconfig's proxy-url, or HTTPS_PROXY and NO_PROXY"},
      {of_status(401, "Unauthorized"), Exit::unreachable,
       "the API server of context prod, https://kube:6443, does not accept your credentials; log in again, or name "
       "another context with --context"},
      {of_status(403,
                 "approvalrequests.sallyport.dev is forbidden: User \\\"eve\\\" cannot list resource "
                 "\\\"approvalrequests\\\" in API group \\\"sallyport.dev\\\" at the cluster scope"),
       Exit::refused,
       "User \"eve\" cannot list resource \"approvalrequests\" in API group \"sallyport.dev\" at the cluster scope; "
       "the "
       "ClusterRole sallyport-reviewer grants it to people"},
      {of_status(404, "the server could not find the requested resource"), Exit::refused,
       "this cluster has no approvalrequests.sallyport.dev: Sallyport is not installed where context prod leads"},
      {of_status(503, "starting"), Exit::unreachable,
       "the API server of context prod, https://kube:6443, cannot be reached (HTTP 503: starting); check that it "
       "runs, "
       "or name another context with --context"},
      {of_status(400,
                 "admission webhook \\\"requests.sallyport.dev\\\" denied the request: approvalrequest shop/x: it is "
                 "Denied already, and a decision is final. [code=Guarded]",
                 kube::Effect::write),
       Exit::refused, "approvalrequest shop/x: it is Denied already, and a decision is final"},
      {of_status(422,
                 "approvalrequests.sallyport.dev \\\"x\\\" is forbidden: ValidatingAdmissionPolicy 'sallyport' with "
                 "binding 'sallyport' denied request: no agent reviews",
                 kube::Effect::write),
       Exit::refused, "no agent reviews"},
      {of_status(500, "Internal error occurred: failed calling webhook \\\"requests.sallyport.dev\\\": refused",
                 kube::Effect::write),
       Exit::unreachable,
       "Sallyport does not answer the API server, so nothing can be decided now; ask whoever runs it, and try again"},
      {of_status(409, "conflict", kube::Effect::write), Exit::refused, "it changed in the meantime; look at it again"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(c.failure.sentence, c.sentence);
    EXPECT_EQ(c.failure.exit, c.exit) << c.sentence;
  }
}

TEST(Explain, WhatAServerSaysCanNotSteerTheTerminal) {
  EXPECT_EQ(of_status(422, "\\u001b[2J\\u202e").sentence, "\\u001b[2J\\u202e");
}

}  // namespace
}  // namespace sallyport::cli
