#include "cli/failure.hpp"

#include <charconv>
#include <string_view>

#include "cli/ink.hpp"

namespace sallyport::cli {
namespace {

// An error's message taken apart: "GET /path: HTTP 403: why".
struct Answer {
  int status = 0;  // 0: there was none
  std::string_view why;
};

Answer answer_of(std::string_view message) {
  constexpr std::string_view mark = "HTTP ";
  const auto call_end = message.find(": ");
  if (call_end != std::string_view::npos && message.find(" /") < call_end) message.remove_prefix(call_end + 2);
  if (!message.starts_with(mark)) return {0, message};
  message.remove_prefix(mark.size());
  Answer answer;
  const auto [end, error] = std::from_chars(message.data(), message.data() + message.size(), answer.status);
  message.remove_prefix(static_cast<std::size_t>(end - message.data()));
  if (message.starts_with(": ")) message.remove_prefix(2);
  answer.why = message;
  return answer;
}

std::string of_context(const Server& server) {
  return server.context.empty() ? "" : " of context " + safe(server.context);
}

// What our webhook or admission policy says, without what the API server puts before it.
std::string_view own_words(std::string_view why) {
  constexpr std::string_view mark = "request: ";
  const auto denied = why.find("denied ");
  const auto request = why.find(mark, denied);
  if (denied != std::string_view::npos && request != std::string_view::npos) why.remove_prefix(request + mark.size());
  return why.substr(0, why.find(" [code="));  // what follows is for programs
}

std::string without_full_stop(std::string_view sentence) {
  if (sentence.ends_with('.')) sentence.remove_suffix(1);
  return safe(sentence);
}

Failure unreachable(const Server& server, std::string_view why) {
  const bool tls = why.contains("TLS handshake");
  const bool proxy = why.contains("the proxy ");
  const char* const advice = tls     ? "its certificate or yours does not fit the kubeconfig"
                             : proxy ? "check the proxy: the kubeconfig's proxy-url, or HTTPS_PROXY and NO_PROXY"
                                     : "check that it runs, or name another context with --context";
  return {Exit::unreachable, "the API server" + of_context(server) + ", " + safe(server.url) + ", cannot be reached (" +
                                 safe(why) + "); " + advice};
}

}  // namespace

Failure explain(const Error& error, const Server& server) {
  const auto [status, why] = answer_of(error.message());
  if (why.contains("failed calling webhook")) {
    return {
        Exit::unreachable,
        "Sallyport does not answer the API server, so nothing can be decided now; ask whoever runs it, and try again"};
  }
  if (status == 401) {
    return {Exit::unreachable, "the API server" + of_context(server) + ", " + safe(server.url) +
                                   ", does not accept your credentials; log in again, or name another context with "
                                   "--context"};
  }
  if (status == 403 && why.contains(" cannot ")) {
    const auto user = why.find("User ");
    const bool is_ours = why.contains("sallyport.dev");
    return {Exit::refused, without_full_stop(user == std::string_view::npos ? why : why.substr(user)) +
                               (is_ours ? "; the ClusterRole sallyport-reviewer grants it to people" : "")};
  }
  if (status == 404) {
    return {Exit::refused, "this cluster has no approvalrequests.sallyport.dev: Sallyport is not installed" +
                               (server.context.empty() ? "" : " where context " + safe(server.context) + " leads")};
  }
  if (status == 409) return {Exit::refused, "it changed in the meantime; look at it again"};
  if (error.code() == ErrorCode::unavailable || error.code() == ErrorCode::unknown_outcome) {
    return unreachable(server,
                       status == 0 ? std::string(why) : "HTTP " + std::to_string(status) + ": " + std::string(why));
  }
  return {Exit::refused, without_full_stop(own_words(why))};
}

}  // namespace sallyport::cli
